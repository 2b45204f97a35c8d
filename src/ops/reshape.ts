import { computedAs } from '../tensor/dtype';
import { aNumber, aWholeNumber, numbers, optional } from '../tensor/guard';
import { anyTensor, words } from '../tensor/guard-tensor';
import { formatShape, normalizeAxis, type Shape, ShapeError, sizeOf, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { randn, sample } from './sample';
import { defineReshape } from './view';

type FlattenArgs = readonly [x: Tensor, start?: number, end?: number];
type PermuteArgs = readonly [x: Tensor, order: readonly number[]];
type SliceArgs = readonly [x: Tensor, axis: number, start?: number, end?: number, step?: number];

/**
 * The same elements in another shape, without a copy; one length may be −1.
 * @example
 * ```ts
 * ops.reshape(gpu.arange(6), [2, -1]); // → [[0, 1, 2], [3, 4, 5]]
 * ```
 */
export const reshape = defineReshape('reshape');

/**
 * Merges axes `start` to `end` (all of them by default, as torch.flatten) into one.
 * @example
 * ```ts
 * ops.flatten(gpu.ones([2, 3, 4]), 1).shape; // → [2, 12]
 * ```
 */
export const flatten = defineOp({
  name: 'flatten',
  takes: { x: anyTensor, start: optional(aNumber), end: optional(aNumber) },
  parse: (...[x, start = 0, end = -1]: FlattenArgs) => {
    const rank = Math.max(1, x.shape.length);
    const from = normalizeAxis('flatten', start, rank);
    const to = normalizeAxis('flatten', end, rank);
    if (from > to) throw new ShapeError(`flatten: start axis ${start} comes after end axis ${end}`);
    const merged = sizeOf(x.shape.slice(from, to + 1));
    return {
      inputs: [x] as const,
      attrs: { shape: [...x.shape.slice(0, from), merged, ...x.shape.slice(to + 1)] },
    };
  },
  shape: ({ attrs }) => attrs.shape,
  forward: (_, { inputs: [x], attrs }) => x.alias(attrs.shape),
  backward: (_, { grad, inputs: [x] }) => [grad.alias(x.shape)],
  samples: () => [
    sample<FlattenArgs>('everything', randn([2, 3, 4])),
    sample<FlattenArgs>('all but the batch', randn([2, 3, 4]), 1),
    sample<FlattenArgs>('middle axes', randn([2, 3, 4, 5]), 1, 2),
  ],
});

/**
 * The axes of x in another order: result axis i is x's axis order[i].
 * @example
 * ```ts
 * ops.permute(gpu.tensor([[1, 2], [3, 4]]), [1, 0]); // → [[1, 3], [2, 4]]
 * ```
 */
export const permute = defineOp({
  name: 'permute',
  takes: { x: words, order: numbers },
  parse: (...[x, order]: PermuteArgs) => ({
    inputs: [x] as const,
    attrs: { order: order.map((axis) => normalizeAxis('permute', axis, x.shape.length)) },
  }),
  shape: ({ inputs: [x], attrs: { order } }) => {
    if (order.length !== x.shape.length || new Set(order).size !== order.length) {
      throw new ShapeError(
        `permute: order ${formatShape(order)} does not name each axis of ${formatShape(x.shape)} once`,
      );
    }
    return order.map((axis) => x.shape[axis]);
  },
  forward: (k, { inputs: [x], attrs }) => k.permute(x, attrs.order),
  backward: (k, { grad, attrs: { order } }) => [
    k.permute(
      grad,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
  samples: () => [
    sample<PermuteArgs>('a matrix', randn([3, 5]), [1, 0]),
    sample<PermuteArgs>('NCHW to NHWC', randn([2, 3, 4, 5]), [0, 2, 3, 1]),
    sample<PermuteArgs>('axes counted from the end', randn([2, 3, 4]), [-1, 0, 1]),
  ],
});

/** A walk over every `step`-th position from `start` on along an axis. */
const sliceWalk = (shape: Shape, axis: number, start: number, step: number) => {
  const strides = stridesOf(shape);
  return {
    start: start * strides[axis],
    strides: strides.map((stride, i) => (i === axis ? stride * step : stride)),
  };
};

/**
 * Positions start, start + step, ... below end along an axis, as in Python's x[start:end:step], step ≥ 1.
 * @example
 * ```ts
 * ops.slice(gpu.arange(6), 0, 1, 6, 2); // → [1, 3, 5]
 * ```
 */
export const slice = defineOp({
  name: 'slice',
  takes: {
    x: words,
    axis: aNumber,
    start: optional(aWholeNumber),
    end: optional(aWholeNumber),
    step: optional(aNumber),
  },
  parse: (...[x, axis, start = 0, end, step = 1]: SliceArgs) => {
    const along = normalizeAxis('slice', axis, x.shape.length);
    const length = x.shape[along];
    if (!Number.isInteger(step) || step < 1)
      throw new ShapeError(`slice: step ${step} is not a whole number of at least 1`);
    const bound = (at: number) => Math.min(length, Math.max(0, at < 0 ? at + length : at));
    const from = bound(start);
    return {
      inputs: [x] as const,
      attrs: {
        axis: along,
        start: from,
        step,
        count: Math.max(0, Math.ceil((bound(end ?? length) - from) / step)),
      },
    };
  },
  shape: ({ inputs: [x], attrs: { axis, count } }) =>
    x.shape.map((length, i) => (i === axis ? count : length)),
  forward: (k, { inputs: [x], attrs: { axis, start, step }, shape }) => {
    const to = { start: 0, strides: stridesOf(shape) };
    return k.copy(x, sliceWalk(x.shape, axis, start, step), k.empty(shape, computedAs(x.dtype)), to, shape);
  },
  backward: (k, { grad, inputs: [x], attrs: { axis, start, step } }) => {
    const from = { start: 0, strides: stridesOf(grad.shape) };
    return [k.copy(grad, from, k.zeros(x.shape), sliceWalk(x.shape, axis, start, step), grad.shape)];
  },
  samples: () => [
    sample<SliceArgs>('rows', randn([5, 3]), 0, 1, 4),
    sample<SliceArgs>('every second column', randn([4, 7]), 1, 1, undefined, 2),
    sample<SliceArgs>('bounds counted from the end', randn([2, 6, 3]), 1, -4, -1),
  ],
});
