import { aFlag, aWholeNumber, optional } from '../tensor/guard';
import { places, words } from '../tensor/guard-tensor';
import { type Shape, ShapeError, scalarAxis } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { composeOp } from './compose';
import { defineOp } from './define';
import { pick, put } from './lines';
import { slice } from './reshape';
import { constant, distinct, integers, sample, values } from './sample';
import { sortedPlaces } from './sort-kernels';

/** Elements in order along an axis, and where they were. */
export interface Sorted {
  /** In order. */
  readonly values: Tensor;
  /** i32, counted along the axis. */
  readonly indices: Tensor;
}

type SortArgs = [x: Tensor, axis?: number, descending?: boolean];

/** One number is a line of one. */
const atLeastOneAxis = (shape: Shape): Shape => (shape.length === 0 ? [1] : shape);

/**
 * The places of the elements along an axis in their order, as torch.argsort with `stable`: equal ones keep theirs. NaN is
 * the largest, as in PyTorch: last in ascending order, first in descending order.
 * @param x any shape, f32, f16, i32 or u32
 * @param axis default: the last
 * @returns i32 of x's shape
 * @throws ShapeError
 * @example
 * ```ts
 * ops.argsort(gpu.tensor([3, 1, 2])); // → [1, 2, 0]
 * ```
 */
export const argsort = defineOp({
  name: 'argsort',
  takes: { x: words, axis: optional(aWholeNumber), descending: optional(aFlag) },
  parse: (...[x, axis = -1, descending = false]: SortArgs) => ({
    inputs: [x] as const,
    attrs: { axis: scalarAxis('argsort', axis, x.shape.length), descending },
  }),
  shape: ({ inputs: [x] }) => x.shape,
  forward: (k, { inputs: [x], attrs: { axis, descending }, shape }) =>
    sortedPlaces(k, x.alias(atLeastOneAxis(shape)), axis, descending).alias(shape),
  samples: () => [
    sample<SortArgs>('equal elements keep their order', constant(values([2, 4], [3, 1, 3, 1, 0, -0, 2, -1]))),
    sample<SortArgs>('descending', constant(values([5], [2, 7, 2, -3, 7])), 0, true),
    sample<SortArgs>('whole numbers of either sign', integers([3, 2], [1, -5, -2, 9, 0, 2]), 0),
  ],
});

/** Elements at places of which none is named twice along the axis. */
const defineTaken = (name: string) =>
  defineOp({
    name,
    takes: { x: words, indices: places, axis: aWholeNumber },
    parse: (x: Tensor, indices: Tensor, axis: number) => ({
      inputs: [x, indices] as const,
      attrs: { axis: scalarAxis(name, axis, x.shape.length) },
    }),
    shape: ({ inputs: [, indices] }) => indices.shape,
    forward: (k, { inputs: [x, indices], attrs: { axis }, shape }) => {
      const whole = indices.alias(atLeastOneAxis(shape));
      return pick(k, x.alias(atLeastOneAxis(x.shape)), axis, whole, Number.NaN).alias(shape);
    },
    backward: (k, { grad, inputs: [x, indices], attrs: { axis } }) => {
      const [g, whole] = [grad, indices].map((one) => one.alias(atLeastOneAxis(one.shape)));
      return [put(k, g, axis, whole, atLeastOneAxis(x.shape)).alias(x.shape), undefined];
    },
    samples: () => [],
  });
const sortedValues = defineTaken('sort');
const largestValues = defineTaken('topk');

/**
 * The elements in order along an axis, as torch.sort with `stable`, and where they were; see `argsort` for the order. The
 * gradient goes back to where each value was.
 * @param x any shape, f32, f16, i32 or u32
 * @param axis default: the last
 * @throws ShapeError
 * @example
 * ```ts
 * const { values, indices } = ops.sort(gpu.tensor([3, 1, 2]), 0, true);
 * values; // → [3, 2, 1]
 * indices; // → [0, 2, 1]
 * ```
 */
export const sort = composeOp({
  name: 'sort',
  takes: { x: words, axis: optional(aWholeNumber), descending: optional(aFlag) },
  call: (...[x, axis = -1, descending = false]: SortArgs): Sorted => {
    scalarAxis('sort', axis, x.shape.length);
    const indices = argsort(x, axis, descending);
    return { values: sortedValues(x, indices, axis), indices };
  },
  samples: () => [
    sample<SortArgs>('the last axis by default', distinct([3, 5])),
    sample<SortArgs>('a middle axis, descending', distinct([2, 6, 3]), 1, true),
    sample<SortArgs>('more elements than a workgroup sorts', constant(distinct([1, 1100]))),
  ],
});

type TopkArgs = [x: Tensor, k: number, axis?: number, largest?: boolean];

/**
 * The k largest elements along an axis in descending order, or with `largest: false` the k smallest in ascending order,
 * and where they were, as torch.topk. Equal ones are in the order of x.
 * @param x any shape, f32, f16, i32 or u32
 * @param axis default: the last
 * @throws ShapeError unless 0 ≤ k ≤ the axis's length
 * @example
 * ```ts
 * ops.topk(gpu.tensor([3, 1, 2, 5]), 2).values; // → [5, 3]
 * ```
 */
export const topk = composeOp({
  name: 'topk',
  takes: { x: words, k: aWholeNumber, axis: optional(aWholeNumber), largest: optional(aFlag) },
  call: (...[x, k, axis = -1, largest = true]: TopkArgs): Sorted => {
    const along = scalarAxis('topk', axis, x.shape.length);
    const length = x.shape[along] ?? 1;
    if (k < 0 || k > length)
      throw new ShapeError(`topk: k is ${k}, expected 0 to ${length}, the length of axis ${axis} of ${x}`);
    const order = argsort(x, along, largest);
    const indices = k < length && x.shape.length > 0 ? slice(order, along, 0, k) : order;
    return { values: largestValues(x, indices, along), indices };
  },
  samples: () => [
    sample<TopkArgs>('the largest of rows', distinct([3, 6]), 2),
    sample<TopkArgs>('the smallest along the first axis', distinct([5, 2]), 3, 0, false),
  ],
});
