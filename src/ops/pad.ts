import { computedAs, type DType } from '../tensor/dtype';
import { ArgumentError, aNumber, type Check, numbers, oneOf, optional, options } from '../tensor/guard';
import { words } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, type Shape, ShapeError, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { type AxisPad, addBorders, type Border, foldBorders } from './border';
import { defineOp } from './define';
import { randn, sample } from './sample';

/** Options of `pad`. */
export interface PadOptions {
  /**
   * What is put around x: `value`, x mirrored at its first and last element, these repeated, or x around again. Default
   * 'constant'.
   */
  readonly mode?: 'constant' | Border;
  /** For mode 'constant'; default 0. */
  readonly value?: number;
}

type Args = [x: Tensor, pads: readonly number[], options?: number | PadOptions];

const memberCheck = options({
  mode: optional(oneOf('constant', 'reflect', 'replicate', 'circular')),
  value: optional(aNumber),
});
const valueOrOptions: Check = (call, name, value) => {
  if (typeof value !== 'number') memberCheck(call, name, value);
};

/** Pads of each axis, and the shape they make. @throws ShapeError */
function padding(x: Shape, pads: readonly number[]) {
  if (pads.length % 2 !== 0 || pads.length > 2 * x.length || !pads.every(Number.isInteger))
    throw new ShapeError(
      `pad: ${formatShape(pads)} is not pairs of whole numbers for the last axes of ${formatShape(x)}`,
    );
  const axes = x.map((_, axis): AxisPad => {
    const at = 2 * (x.length - 1 - axis);
    return { axis, before: pads[at] ?? 0, after: pads[at + 1] ?? 0 };
  });
  const shape = axes.map(({ axis, before, after }) => before + x[axis] + after);
  if (shape.some((length) => length < 0))
    throw new ShapeError(`pad: ${formatShape(pads)} cut more from ${formatShape(x)} than there is`);
  return { axes, shape };
}

const changed = (axes: readonly AxisPad[]): readonly AxisPad[] =>
  axes.filter(({ before, after }) => before !== 0 || after !== 0);

/** What is cut off, and what is put on afterwards; only the border 'circular' is made of what is left. */
function steps(x: Shape, axes: readonly AxisPad[], border: Border) {
  if (border !== 'circular')
    return { cuts: axes.map(({ axis }) => ({ axis, before: 0, after: 0 })), left: x, grows: changed(axes) };
  const cuts = axes.map(({ axis, before, after }) => ({
    axis,
    before: Math.min(0, before),
    after: Math.min(0, after),
  }));
  const grows = axes.map(({ axis, before, after }) => ({
    axis,
    before: Math.max(0, before),
    after: Math.max(0, after),
  }));
  return {
    cuts,
    left: cuts.map(({ axis, before, after }) => before + x[axis] + after),
    grows: changed(grows),
  };
}

/** How far a border may reach along an axis. @throws ShapeError */
function checkBorder(border: Border, x: Shape, axes: readonly AxisPad[]): void {
  const { left } = steps(x, axes, border);
  for (const { axis, before, after } of axes) {
    const length = left[axis];
    const most = {
      reflect: length - 1,
      circular: length,
      replicate: length > 0 ? Number.POSITIVE_INFINITY : 0,
    }[border];
    if (Math.max(before, after) > Math.max(0, most))
      throw new ShapeError(
        `pad: a border of ${Math.max(before, after)} along axis ${axis} of ${formatShape(x)} reaches too far; mode '${border}' has elements for ${Math.max(0, most)}`,
      );
  }
}

/** @throws ArgumentError where whole numbers are padded with another */
function checkValue(dtype: DType, value: number): void {
  const isWhole = dtype === 'i32' || dtype === 'u32';
  if (isWhole && (!Number.isInteger(value) || (dtype === 'u32' && value < 0)))
    throw new ArgumentError('pad', 'value', `${value}`, `a number that ${dtype} holds`);
}

/** The elements that x and its padded form have in common: where they begin in each, and how many there are. */
function common(x: Shape, axes: readonly AxisPad[]) {
  const box = axes.map(({ axis, before, after }) =>
    Math.max(0, x[axis] + Math.min(0, before) + Math.min(0, after)),
  );
  const startIn = (shape: Shape, places: readonly number[]) => {
    const strides = stridesOf(shape);
    return { start: strides.reduce((sum, stride, axis) => sum + stride * places[axis], 0), strides };
  };
  return {
    box,
    inX: startIn(
      x,
      axes.map(({ before }) => Math.max(0, -before)),
    ),
    inPadded: (shape: Shape) =>
      startIn(
        shape,
        axes.map(({ before }) => Math.max(0, before)),
      ),
  };
}

function surround(k: Kernels, x: Tensor, axes: readonly AxisPad[], shape: Shape, value: number): Tensor {
  const out = k.fill(k.empty(shape, computedAs(x.dtype)), value);
  const { box, inX, inPadded } = common(x.shape, axes);
  return box.includes(0) ? out : k.copy(x, inX, out, inPadded(shape), box);
}

function cutOut(k: Kernels, grad: Tensor, axes: readonly AxisPad[], shape: Shape): Tensor {
  const { box, inX, inPadded } = common(shape, axes);
  const isWhole = axes.every(({ before, after }) => before >= 0 && after >= 0);
  const dx = isWhole ? k.empty(shape) : k.zeros(shape);
  return box.includes(0) ? dx : k.copy(grad, inPadded(grad.shape), dx, inX, box);
}

/**
 * Surrounds x, as torch's F.pad. Pads are [before, after] of the last axis, then of the one before it, …; a negative one cuts
 * elements off.
 * @param x any shape, f32, f16, i32 or u32
 * @param options what is put there; a number is a value
 * @throws ShapeError, also where a border reaches further than x does
 * @example
 * ```ts
 * ops.pad(gpu.tensor([1, 2, 3]), [1, 2]); // → [0, 1, 2, 3, 0, 0]
 * ops.pad(gpu.tensor([1, 2, 3]), [1, 2], { mode: 'reflect' }); // → [2, 1, 2, 3, 2, 1]
 * ```
 * @example
 * ```ts
 * ops.pad(gpu.tensor([1, 2]), [1, 2]); // → [0, 1, 2, 0, 0]
 * ```
 */
export const pad = defineOp({
  name: 'pad',
  takes: { x: words, pads: numbers, options: optional(valueOrOptions) },
  parse: (...[x, pads, options = {}]: Args) => {
    const { mode = 'constant', value = 0 }: PadOptions =
      typeof options === 'number' ? { value: options } : options;
    return { inputs: [x] as const, attrs: { ...padding(x.shape, pads), mode, value } };
  },
  shape: ({ inputs: [x], attrs: { axes, shape, mode, value } }) => {
    if (mode === 'constant') checkValue(x.dtype, value);
    else checkBorder(mode, x.shape, axes);
    return shape;
  },
  forward: (k, { inputs: [x], attrs: { axes, mode, value }, shape }) => {
    if (mode === 'constant') return surround(k, x, axes, shape, value);
    const { cuts, left, grows } = steps(x.shape, axes, mode);
    return addBorders(k, changed(cuts).length > 0 ? surround(k, x, cuts, left, 0) : x, grows, mode);
  },
  backward: (k, { grad, inputs: [x], attrs: { axes, mode } }) => {
    if (mode === 'constant') return [cutOut(k, grad, axes, x.shape)];
    const { cuts, grows } = steps(x.shape, axes, mode);
    const folded = foldBorders(k, grad, grows, mode);
    return [changed(cuts).length > 0 ? cutOut(k, folded, cuts, x.shape) : folded];
  },
  samples: () => [
    sample<Args>('images on all sides', randn([2, 3, 4, 5]), [1, 2, 3, 0]),
    sample<Args>('a value', randn([3, 4]), [0, 1], 2.5),
    sample<Args>('cut off at one side', randn([3, 4]), [-1, 2, 1, -2]),
    sample<Args>('mirrored', randn([2, 4, 5]), [2, 3, 1, 3], { mode: 'reflect' }),
    sample<Args>('mirrored and cut', randn([2, 4]), [-1, 3], { mode: 'reflect' }),
    sample<Args>('the nearest element repeated', randn([2, 3]), [2, 1, 1, 2], { mode: 'replicate' }),
    sample<Args>('around', randn([2, 3, 4]), [4, 3, 2, -1], { mode: 'circular' }),
  ],
});
