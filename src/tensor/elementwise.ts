import { computeInto, Deferred, type Expression, type Operand } from './deferred';
import { drafting } from './drafting';
import { checkWords, type DType } from './dtype';
import { broadcastKernel, type OperandKind, type Plane, type Stride } from './elementwise-source';
import type { Gpu } from './gpu';
import { DeviceError } from './guard-tensor';
import {
  broadcastShapes,
  broadcastStrides,
  collapseAxes,
  type Shape,
  sameShape,
  sizeOf,
  type WalkAxis,
} from './shape';
import type { Tensor } from './tensor';

/** Operands by the name under which the expression reads them. */
export type Operands = Readonly<Record<string, Tensor>>;

/** Options of `k.elementwise`. */
export interface ElementwiseOptions {
  /** Numbers the expression reads by name. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Shape of the result; default: the operands' shapes broadcast together. */
  readonly shape?: Shape;
  /** Element type of the result; default f32. */
  readonly dtype?: DType;
  /** Written in place, and read by the expression as `old`; operands broadcast to its shape. */
  readonly into?: Tensor;
}

/** From so many groups of four on, a thread computes those of some rows: what is the same for all of them is read once. */
const MANY_THREADS = 2 ** 16;
const ROWS_EACH = { gpu: 4, software: 16 };

/** Smaller planes have their channels' operands broadcast element by element. */
const LEAST_PLANE = 4;

/**
 * Computes a WGSL expression of scalars over broadcast operands into a new tensor, or into `options.into`. Where the
 * operands lie like the new tensor, it is computed when it is read, in one kernel with operands that wait as well.
 */
export function elementwise(gpu: Gpu, wgsl: string, operands: Operands, options: ElementwiseOptions): Tensor {
  const { into, scalars = {} } = options;
  // An operand that the expression does not read still takes part in the shape of the result.
  const read = Object.entries(operands).filter(([name]) => reads(wgsl, name));
  const tensors = read.map(([, tensor]) => tensor);
  const shape =
    into?.shape ??
    options.shape ??
    broadcastShapes('elementwise', ...Object.values(operands).map((tensor) => tensor.shape));
  const dtype = into?.dtype ?? options.dtype ?? 'f32';
  checkWords('elementwise', { dtype }, ...tensors);
  for (const [name, tensor] of read)
    if (tensor.gpu !== gpu) throw new DeviceError('elementwise', ['the result', name]);
  if (into && into.gpu !== gpu)
    throw new DeviceError('elementwise', [read[0]?.[0] ?? 'its caller', 'the result']);
  const count = sizeOf(shape);
  if (count === 0) return into ?? gpu.make(shape, dtype);
  const layout = layoutOf(shape, tensors);
  if (!layout) {
    const out = into ?? gpu.make(shape, dtype);
    broadcast(out, wgsl, read, scalars, into !== undefined);
    return out;
  }
  const { kinds, plane } = layout;
  const named = read.map(([name, { shape, dtype, size }], i): Operand => {
    return { name, kind: kinds[i], shape, dtype, size };
  });
  const formula = { wgsl, operands: named, scalars, shape, dtype, plane, inPlace: into !== undefined };
  const expression: Expression = { formula, sources: tensors.map(({ readable }) => readable) };
  if (!into) return gpu.deferred(new Deferred(gpu, expression));
  drafting()?.computed(expression, into.storage);
  computeInto(gpu, expression, (by) => into.changed(by));
  return into;
}

/** Of each expression, which names it reads. */
const readNames = new Map<string, Map<string, boolean>>();

function reads(wgsl: string, name: string): boolean {
  const names = readNames.get(wgsl) ?? new Map<string, boolean>();
  readNames.set(wgsl, names);
  const isRead = names.get(name) ?? new RegExp(`\\b${name}\\b`).test(wgsl);
  names.set(name, isRead);
  return isRead;
}

/** How the operands lie in a result of the shape; undefined if one lies in another way. */
function layoutOf(
  shape: Shape,
  tensors: readonly Tensor[],
): { kinds: OperandKind[]; plane: Plane | undefined } | undefined {
  let plane: Plane | undefined;
  const kinds: OperandKind[] = [];
  for (const tensor of tensors) {
    if (sameShape(tensor.shape, shape)) {
      kinds.push('full');
    } else if (tensor.size === 1) {
      kinds.push('single');
    } else {
      const own = planeOf(tensor.shape, shape);
      if (!own || (plane && (plane.channels !== own.channels || plane.size !== own.size))) return undefined;
      plane = own;
      kinds.push('channel');
    }
  }
  return { kinds, plane };
}

/** The planes for which an operand has one element a channel. */
function planeOf(from: Shape, to: Shape): Plane | undefined {
  const axes = collapseAxes(to, [broadcastStrides(from, to)]);
  const [channels, within] = axes.slice(-2);
  const outer = axes.length === 3 ? axes[0].steps[0] : 0;
  const fits = axes.length <= 3 && outer === 0 && channels.steps[0] === 1 && within?.steps[0] === 0;
  return fits && within.length >= LEAST_PLANE
    ? { channels: channels.length, size: within.length }
    : undefined;
}

function broadcast(
  out: Tensor,
  wgsl: string,
  read: readonly (readonly [string, Tensor])[],
  scalars: Readonly<Record<string, number>>,
  inPlace: boolean,
): void {
  const { gpu, shape, dtype } = out;
  const tensors = read.map(([, tensor]) => tensor);
  const axes = collapseAxes(
    shape,
    tensors.map((tensor) => broadcastStrides(tensor.shape, shape)),
  );
  const last = axes.at(-1)?.length ?? 1;
  const rows = sizeOf(shape) / last;
  const chunks = Math.ceil(last / 4);
  const strides = tensors.map((_, i) => strideOf(axes, i));
  const inFours = last % 4 === 0 && strides.every((stride) => stride !== undefined) ? strides : undefined;
  const machine = gpu.adapter.software ? 'software' : 'gpu';
  const each = inFours?.some(({ once }) => once) && rows * chunks >= MANY_THREADS ? ROWS_EACH[machine] : 1;
  const kernel = broadcastKernel({
    wgsl,
    dtype,
    inputs: read.map(([name, { dtype }]) => ({ name, dtype })),
    scalars: Object.keys(scalars),
    inPlace,
    axes: axes.length,
    strides: inFours,
    each,
  });
  const uniforms: Record<string, number> = { rows, last };
  for (const [axis, { length }] of axes.slice(0, -1).entries()) uniforms[`d${axis}`] = length;
  for (const [axis, { steps }] of axes.entries())
    for (const [i, [name]] of read.entries())
      uniforms[`${name}_${axis}`] = inFours?.[i].along ? Math.floor(steps[i] / 4) : steps[i];
  for (const name in scalars) uniforms[`${name}_0`] = scalars[name];
  gpu.kernels.run(kernel, {
    outputs: [out],
    inputs: tensors,
    uniforms,
    groups: Math.ceil((Math.ceil(rows / each) * chunks) / 64),
  });
}

/** How an operand steps, if its elements can be read in fours along the last axis, or one for all of it. */
function strideOf(axes: readonly WalkAxis[], operand: number): Stride | undefined {
  const steps = axes.map(({ steps }) => steps[operand]);
  const [last] = steps.slice(-1);
  const outer = steps.slice(0, -1);
  if (last > 1 || (last === 1 && outer.some((step) => step % 4 !== 0))) return undefined;
  return { along: last === 1, once: outer.every((step) => step === 0) };
}
