import type { Kernel } from '../../runtime/kernel';
import { fillRegions } from '../../runtime/wgsl/regions';
import argmaxSource from '../../shaders/argmax.wgsl';
import parallelSource from '../../shaders/reduce_parallel.wgsl';
import serialSource from '../../shaders/reduce_serial.wgsl';
import { checkFloat } from './dtype';
import { collapseAxes, formatShape, type Shape, ShapeError, stridesOf } from './shape';
import type { Tensor } from './tensor';
import { MAX_WALK_AXES, walkWords } from './walk';

export type Reduction = 'sum' | 'max';

const COMBINE: Record<Reduction, string> = {
  sum: 'fn identity() -> f32 { return 0.0; }\nfn combine(a: f32, b: f32) -> f32 { return a + b; }',
  // As in PyTorch, one NaN makes the maximum NaN.
  max: 'fn identity() -> f32 { return -infinity(); }\nfn combine(a: f32, b: f32) -> f32 { return max_of(a, b); }',
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

interface Halves {
  /** x seen so that its terms lie on two axes, or sets of axes. */
  readonly shape: Shape;
  readonly first: readonly number[];
  readonly second: readonly number[];
}

/** The axes from number `i` on first, then those before. */
const atAxis = (shape: Shape, axes: readonly number[], i: number): Halves => ({
  shape,
  first: axes.slice(i),
  second: axes.slice(0, i),
});

/** Splits a reduction with few results in two: parts first, then the sum of the parts. Undefined where one pass is as good. */
function halvesOf({ gpu, shape, size }: Tensor, axes: readonly number[]): Halves | undefined {
  const { groups, terms } = ENOUGH[gpu.adapter.software ? 'software' : 'gpu'];
  const length = axes.reduce((product, axis) => product * shape[axis], 1);
  const wanted = Math.min(Math.ceil((groups * length) / size), Math.floor(length / terms));
  if (!(wanted > 1)) return undefined; // nothing at all, too
  const gap = axes.findLastIndex((axis, i) => i > 0 && axes[i - 1] !== axis - 1);
  if (gap > 0) return atAxis(shape, axes, gap);
  const isPart = (parts: number) => length % parts === 0 && (length % 4 !== 0 || (length / parts) % 4 === 0);
  let parts = wanted;
  while (parts > 1 && !isPart(parts)) parts -= 1;
  if (parts === 1) return undefined;
  const [axis] = axes;
  const after = shape.slice(axis + axes.length);
  return {
    shape: [...shape.slice(0, axis), parts, length / parts, ...after],
    first: [axis + 1],
    second: [axis],
  };
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
  const reduced = collapseAxes(shape.filter(isReduced), [strides.filter(isReduced)]);
  const kept = collapseAxes(shape.filter(isKept), [strides.filter(isKept)]);
  const isTooMany = reduced.length > MAX_REDUCED_AXES || kept.length > MAX_WALK_AXES;
  const halves = halvesOf(x, axes) ?? (isTooMany ? atAxis(shape, axes, axes.length - 1) : undefined);
  if (halves) {
    using whole = x.alias(halves.shape);
    using parts = reduce(kind, whole, halves.first, true);
    using result = reduce(kind, parts, halves.second, true, scale);
    return result.alias(reducedShape(shape, axes, keepDims));
  }
  const out = gpu.make(reducedShape(shape, axes, keepDims), 'f32');
  const [inner, outer = { length: 1, steps: [0] }] = reduced.reverse();
  const keptOuterFirst = kept.reverse();
  const many = MANY_OUTPUTS[gpu.adapter.software ? 'software' : 'gpu'];
  const manyThreads = out.size >= many || inner.length * outer.length <= FEW_TERMS;
  const keptSteps = keptOuterFirst.map(({ steps }) => steps[0]);
  const quads =
    inner.steps[0] === 1 && [inner.length, outer.steps[0], ...keptSteps].every((count) => count % 4 === 0);
  const per = quads ? 4 : 1;
  const [narrow, wide] = manyThreads ? [serial, serialQuads] : [parallel, parallelQuads];
  gpu.kernels.run((quads ? wide : narrow)[kind], {
    outputs: [out],
    inputs: [x],
    uniforms: {
      outputs: out.size,
      rank: kept.length,
      outer: outer.length,
      inner: inner.length / per,
      outer_step: outer.steps[0] / per,
      inner_step: inner.steps[0],
      scale,
      lengths: walkWords(keptOuterFirst.map(({ length }) => length)),
      steps: walkWords(keptSteps.map((step) => step / per)),
    },
    groups: manyThreads ? Math.ceil(out.size / 64) : out.size,
  });
  return out;
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
