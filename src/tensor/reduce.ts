import type { Kernel } from '../../runtime/kernel';
import { fillRegions } from '../../runtime/wgsl/regions';
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

/** A reduction that needs no more than its numbers so far. */
const plain = (identity: string, combined: string): string => `alias Total = f32;
fn identity() -> f32 { return ${identity}; }
fn combine(a: f32, b: f32) -> f32 { return ${combined}; }
fn started() -> Total { return identity(); }
fn extended(total: Total, part: f32) -> Total { return combine(total, part); }
fn ended(total: Total) -> f32 { return total; }`;
const COMBINE: Record<Reduction, string> = {
  sum: `alias Total = RunningSum;
fn identity() -> f32 { return 0.0; }
fn combine(a: f32, b: f32) -> f32 { return a + b; }
fn started() -> Total { return Total(); }
fn extended(total: Total, part: f32) -> Total { return with_part(total, part); }
fn ended(total: Total) -> f32 { return whole(total); }`,
  // As in PyTorch, one NaN makes maximum and minimum NaN.
  max: plain('-infinity()', 'max_of(a, b)'),
  min: plain('infinity()', '-max_of(-a, -b)'),
  prod: plain('1.0', 'a * b'),
};
const variant = (name: string, source: string, regions: Record<string, string> = {}) =>
  Object.fromEntries(
    Object.entries(COMBINE).map(([kind, combine]) => [
      kind,
      { name: `${kind}.${name}`, source: fillRegions(source, { combine, ...regions }) },
    ]),
  ) as Record<Reduction, Kernel>;
const QUADS = {
  operand: `@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
fn term(at: u32) -> f32 {
  let four = x[at];
  return combine(combine(four.x, four.y), combine(four.z, four.w));
}`,
};
const serial = variant('serial', serialSource);
const serialQuads = variant('serialQuads', serialSource, QUADS);
const parallel = variant('parallel', parallelSource);
const parallelQuads = variant('parallelQuads', parallelSource, QUADS);
const argmaxKernel: Kernel = { name: 'argmax', source: argmaxSource };

/**
 * From so many outputs on, a thread for each of them keeps the machine busy. With fewer, each output gets a workgroup. On
 * a CPU a few threads are enough, and barriers are dear.
 */
const MANY_OUTPUTS = { gpu: 4096, software: 256 };
const FEW_TERMS = 64;
/** Workgroups that keep the machine busy, and terms for each that are worth adding up apart. */
const ENOUGH = { gpu: { groups: 512, terms: 2048 }, software: { groups: 16, terms: 32_768 } };
const MAX_REDUCED_AXES = 2;

export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
}

/** How the terms of each result fall into parts: one where there are results enough to keep the machine busy. */
function partsOf({ gpu, size }: Tensor, length: number): Parts {
  const { groups, terms } = ENOUGH[gpu.adapter.software ? 'software' : 'gpu'];
  const wanted = Math.min(Math.ceil((groups * length) / size), Math.floor(length / terms));
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
  const parts = partsOf(x, sizeOf(shape.filter(isReduced)));
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
  const many = MANY_OUTPUTS[adapter.software ? 'software' : 'gpu'];
  const manyThreads = out.size >= many || inner.length * outer.length <= FEW_TERMS;
  const keptSteps = kept.map(({ steps }) => steps[0]);
  const quads =
    inner.steps[0] === 1 &&
    [inner.length, lastLength, outer.steps[0], ...keptSteps].every((count) => count % 4 === 0);
  const per = quads ? 4 : 1;
  const [narrow, wide] = manyThreads ? [serial, serialQuads] : [parallel, parallelQuads];
  const last = kept[kept.length - 1].length;
  kernels.run((quads ? wide : narrow)[kind], {
    outputs: [out],
    inputs: [x],
    uniforms: {
      outputs: out.size,
      rank: kept.length,
      outer: outer.length,
      inner: inner.length / per,
      outer_step: outer.steps[0] / per,
      inner_step: inner.steps[0],
      last_part: out.size - out.size / last,
      last_inner: lastLength / per,
      scale,
      lengths: walkWords(kept.map(({ length }) => length)),
      steps: walkWords(keptSteps.map((step) => step / per)),
    },
    groups: manyThreads ? Math.ceil(out.size / 64) : out.size,
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
