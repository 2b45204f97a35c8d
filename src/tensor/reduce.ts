import type { Kernel } from '../../runtime/kernel';
import { fillRegions } from '../../runtime/wgsl/regions';
import { f32Element, LANES_OF_VEC4, storage } from '../../runtime/wgsl/write';
import argmaxSource from '../../shaders/argmax.wgsl';
import parallelSource from '../../shaders/reduce_parallel.wgsl';
import serialSource from '../../shaders/reduce_serial.wgsl';
import { checkFloat } from './dtype';
import { type Parts, partsInFours } from './parts';
import { collapseAxes, formatShape, type Shape, ShapeError, sizeOf, stridesOf, type WalkAxis } from './shape';
import type { Tensor } from './tensor';
import { MAX_WALK_AXES, walkWords } from './walk';

/** What becomes of the elements that a reduction puts together. */
export type Reduction = 'sum' | 'max' | 'min' | 'prod';

/** How two numbers become one, and what it begins with. As in PyTorch, one NaN makes maximum and minimum NaN. */
const COMBINED: Record<
  Exclude<Reduction, 'sum'>,
  { identity: string; of: (a: string, b: string) => string }
> = {
  max: { identity: '-infinity()', of: (a, b) => `max_of(${a}, ${b})` },
  min: { identity: 'infinity()', of: (a, b) => `-max_of(-${a}, -${b})` },
  prod: { identity: '1.0', of: (a, b) => `${a} * ${b}` },
};

/** WGSL of a reduction of single values, or of four side by side. */
function combining(kind: Reduction, four: boolean): string {
  if (kind === 'sum') {
    const s = four ? 's' : '';
    return `alias Total = RunningSum${s};
fn identity() -> Value { return Value(0.0); }
fn combine(a: Value, b: Value) -> Value { return a + b; }
fn started() -> Total { return Total(); }
fn extended(total: Total, part: Value) -> Total { return with_part${s}(total, part); }
fn ended(total: Total) -> Value { return whole${s}(total); }`;
  }
  const { identity, of } = COMBINED[kind];
  const each = four ? LANES_OF_VEC4.map((lane) => of(`a.${lane}`, `b.${lane}`)).join(', ') : of('a', 'b');
  return `alias Total = Value;
fn identity() -> Value { return Value(${identity}); }
fn combine(a: Value, b: Value) -> Value { return Value(${each}); }
fn started() -> Total { return identity(); }
fn extended(total: Total, part: Value) -> Total { return combine(total, part); }
fn ended(total: Total) -> Value { return total; }`;
}

const REDUCTIONS: readonly Reduction[] = ['sum', 'max', 'min', 'prod'];
const variant = (name: string, source: string, operand?: string, four = false) =>
  Object.fromEntries(
    REDUCTIONS.map((kind) => [
      kind,
      {
        name: `${kind}.${name}`,
        source: fillRegions(source, { combine: combining(kind, four), ...(operand && { operand }) }),
      },
    ]),
  ) as Record<Reduction, Kernel>;
const X_IN_FOURS = storage(2, 'read', 'x', f32Element(true));
const TERMS_IN_FOURS = `alias Value = f32;
${X_IN_FOURS}
fn term(at: u32) -> Value {
  let four = x[at];
  return combine(combine(four.x, four.y), combine(four.z, four.w));
}`;
const OUTPUTS_IN_FOURS = `alias Value = vec4<f32>;
${X_IN_FOURS}
fn term(at: u32) -> Value { return x[at]; }`;
/** A thread an output, or a workgroup an output; in groups of four terms or outputs, where they lie side by side. */
const KERNELS = {
  serial: {
    terms: variant('serialQuads', serialSource, TERMS_IN_FOURS),
    outputs: variant('columns', serialSource, OUTPUTS_IN_FOURS, true),
    neither: variant('serial', serialSource),
  },
  parallel: {
    terms: variant('parallelQuads', parallelSource, TERMS_IN_FOURS),
    neither: variant('parallel', parallelSource),
  },
} as const;
const argmaxKernel: Kernel = { name: 'argmax', source: argmaxSource };

/**
 * From so many outputs on, a thread for each of them keeps the machine busy. With fewer, each output gets a workgroup. On
 * a CPU a few threads are enough, and barriers are dear.
 */
const MANY_OUTPUTS = { gpu: 4096, software: 256 };
const FEW_TERMS = 64;
/** With so many, a thread computes four of them that lie side by side. */
const MANY_COLUMNS = { gpu: 16_384, software: 512 };
/** Outputs, or parts of them, that keep the machine busy, and terms for each that are worth adding up apart. */
const ENOUGH = { gpu: { outputs: 512, terms: 2048 }, software: { outputs: 256, terms: 4096 } };
/**
 * A CPU walks columns of more numbers than caches hold by so many rows at a time: what is beside them is read and at hand
 * by then. Of rows longer than a page it follows some 32 at once.
 */
const BEYOND_CACHES = 2 ** 20;
const PAGE = 1024;
const ROWS_OF_PART = { short: 512, long: 32 };
const MAX_REDUCED_AXES = 2;

export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
}

/** How the terms of each result, columns of which lie side by side, fall into parts: one where there are results enough to keep the machine busy. */
function partsOf({ gpu, size }: Tensor, length: number, columns: number): Parts {
  const { software } = gpu.adapter;
  const rows = ROWS_OF_PART[columns > PAGE ? 'long' : 'short'];
  if (software && columns > 0 && size >= BEYOND_CACHES && length > 4 * rows)
    return { count: Math.ceil(length / rows), length: rows };
  const { outputs, terms } = ENOUGH[software ? 'software' : 'gpu'];
  const wanted = Math.min(Math.ceil((outputs * length) / size), Math.floor(length / terms));
  if (!(wanted > 1)) return { count: 1, length }; // nothing at all, too
  return partsInFours(length, wanted);
}

/** Reduces over sorted, non-negative axes, then multiplies by `scale`. */
export function reduce(
  kind: Reduction,
  x: Tensor,
  axes: readonly number[],
  keepDims: boolean,
  scale = 1,
): Tensor {
  checkFloat(kind, x);
  const { gpu, shape } = x;
  const strides = stridesOf(shape);
  const isReduced = (_: number, axis: number) => axes.includes(axis);
  const isKept = (_: number, axis: number) => !axes.includes(axis);
  const reduced = collapseAxes(shape.filter(isReduced), [strides.filter(isReduced)]).reverse();
  const kept = collapseAxes(shape.filter(isKept), [strides.filter(isKept)]).reverse();
  const columns = kept[0]?.steps[0] === 1 ? kept[0].length : 0;
  const parts = partsOf(x, sizeOf(shape.filter(isReduced)), columns);
  const isTooMany = reduced.length > MAX_REDUCED_AXES || kept.length > MAX_WALK_AXES;
  if (isTooMany || (parts.count > 1 && reduced.length > 1)) {
    const gap = axes.findLastIndex((axis, i) => i > 0 && axes[i - 1] !== axis - 1);
    const half = gap > 0 ? gap : axes.length - 1;
    using inner = reduce(kind, x, axes.slice(half), true);
    using result = reduce(kind, inner, axes.slice(0, half), true, scale);
    return result.alias(reducedShape(shape, axes, keepDims));
  }
  if (parts.count === 1 || kept.length === MAX_WALK_AXES) {
    const out = gpu.make(reducedShape(shape, axes, keepDims), 'f32');
    reduceOnce(kind, x, out, { kept, reduced, scale });
    return out;
  }
  const [{ length, steps }] = reduced;
  using partial = gpu.make([parts.count, ...reducedShape(shape, axes, keepDims)], 'f32');
  reduceOnce(kind, x, partial, {
    kept: [...kept, { length: parts.count, steps: [parts.length * steps[0]] }],
    reduced: [{ length: parts.length, steps }],
    lastLength: length - (parts.count - 1) * parts.length,
    scale: 1,
  });
  return reduce(kind, partial, [0], false, scale);
}

/** One dispatch. Axes are listed innermost first. */
interface Pass {
  readonly kept: readonly WalkAxis[];
  readonly reduced: readonly WalkAxis[];
  /** Terms of the results at the end of the outermost kept axis, if they have fewer than the others. */
  readonly lastLength?: number;
  readonly scale: number;
}

function reduceOnce(
  kind: Reduction,
  x: Tensor,
  out: Tensor,
  { kept, reduced: [inner, outer = { length: 1, steps: [0] }], lastLength = inner.length, scale }: Pass,
): void {
  const { kernels, adapter } = x.gpu;
  const machine = adapter.software ? 'software' : 'gpu';
  const keptSteps = kept.map(({ steps }) => steps[0]);
  const isInFours = (...counts: number[]) => counts.every((count) => count % 4 === 0);
  const hasColumns =
    keptSteps[0] === 1 &&
    out.size >= MANY_COLUMNS[machine] &&
    isInFours(kept[0].length, inner.steps[0], outer.steps[0], ...keptSteps.slice(1));
  const isSerial =
    hasColumns || out.size >= MANY_OUTPUTS[machine] || inner.length * outer.length <= FEW_TERMS;
  const areTermsInFours =
    inner.steps[0] === 1 && isInFours(inner.length, lastLength, outer.steps[0], ...keptSteps);
  const fours = areTermsInFours ? 'terms' : 'neither';
  const kernel = hasColumns ? KERNELS.serial.outputs : KERNELS[isSerial ? 'serial' : 'parallel'][fours];
  const [perOutput, perTerm] = [hasColumns ? 4 : 1, areTermsInFours ? 4 : 1];
  const perStep = perOutput * perTerm;
  const outputs = out.size / perOutput;
  const [first, ...others] = kept;
  kernels.run(kernel[kind], {
    outputs: [out],
    inputs: [x],
    uniforms: {
      outputs,
      rank: kept.length,
      outer: outer.length,
      inner: inner.length / perTerm,
      outer_step: outer.steps[0] / perStep,
      inner_step: areTermsInFours ? 1 : inner.steps[0] / perStep,
      last_part: Math.floor(outputs - outputs / kept[kept.length - 1].length),
      last_inner: lastLength / perTerm,
      scale,
      lengths: walkWords([first.length / perOutput, ...others.map(({ length }) => length)]),
      steps: walkWords(
        [first, ...others].map(({ steps }, axis) => (hasColumns && axis === 0 ? 1 : steps[0] / perStep)),
      ),
    },
    groups: isSerial ? Math.ceil(outputs / 64) : outputs,
  });
}

/** Index of the first largest element along an axis, as i32. */
export function argmax(x: Tensor, axis: number, keepDims: boolean): Tensor {
  checkFloat('argmax', x);
  if (x.shape[axis] === 0) throw new ShapeError(`argmax: axis ${axis} of ${formatShape(x.shape)} is empty`);
  const out = x.gpu.make(reducedShape(x.shape, [axis], keepDims), 'i32');
  x.gpu.kernels.run(argmaxKernel, {
    outputs: [out],
    inputs: [x],
    uniforms: { outputs: out.size, length: x.shape[axis], inner: stridesOf(x.shape)[axis] },
    groups: Math.ceil(out.size / 64),
  });
  return out;
}
