import { computedAs } from '../tensor/dtype';
import { aWholeNumber } from '../tensor/guard';
import { places, words } from '../tensor/guard-tensor';
import { formatShape, type Shape, ShapeError, scalarAxis } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { pick, pickGradient } from './lines';
import { indices, randn, sample } from './sample';

type GatherArgs = [x: Tensor, axis: number, index: Tensor];

/** One number is a line of one. */
export const linesOf = (x: Tensor): Tensor => (x.shape.length === 0 ? x.alias([1]) : x);
const rankOf = (shape: Shape): number => Math.max(1, shape.length);

/** Whether the lines of an index are lines of a tensor, too. One without elements names nothing. */
export const fitsLines = (index: Shape, axis: number, of: Shape): boolean =>
  index.includes(0) ||
  (rankOf(index) === rankOf(of) && index.every((length, i) => i === axis || length <= (of[i] ?? 1)));

/**
 * Picks along an axis, out[i][j][k] = x[i][index[i][j][k]][k] for axis 1, as torch.gather. An index outside x gives
 * NaN, of whole numbers 0, since a kernel cannot throw. Gradients of a place that is named often are added up in a fixed
 * order.
 * @param x any shape, f32, f16, i32 or u32
 * @param index i32 of x's rank; no longer than x along the other axes
 * @returns index's shape
 * @throws ShapeError
 * @example
 * ```ts
 * const index = gpu.tensor(Int32Array.of(1, 0), [2, 1]);
 * ops.gather(gpu.tensor([[1, 2], [3, 4]]), 1, index); // → [[2], [3]]
 * ```
 * @example
 * ```ts
 * ops.gather(gpu.tensor([[1, 2], [3, 4]]), 1, gpu.tensor(Int32Array.of(1, 0), [2, 1])); // → [[2], [3]]
 * ```
 */
export const gather = defineOp({
  name: 'gather',
  takes: { x: words, axis: aWholeNumber, index: places },
  parse: (...[x, axis, index]: GatherArgs) => ({
    inputs: [x, index] as const,
    attrs: { axis: scalarAxis('gather', axis, x.shape.length) },
  }),
  shape: ({ inputs: [x, index], attrs: { axis } }) => {
    if (fitsLines(index.shape, axis, x.shape)) return index.shape;
    throw new ShapeError(
      `gather: index ${formatShape(index.shape)} for x ${formatShape(x.shape)} along axis ${axis}; it needs as many axes, and no longer ones but for axis ${axis}`,
    );
  },
  forward: (k, { inputs: [x, index], attrs: { axis }, shape }) =>
    index.size === 0
      ? k.empty(shape, computedAs(x.dtype))
      : pick(k, linesOf(x), axis, linesOf(index), Number.NaN).alias(shape),
  backward: (k, { grad, inputs: [x, index], attrs: { axis } }) => {
    if (index.size === 0) return [k.zeros(x.shape), undefined];
    const lines = linesOf(x);
    return [pickGradient(k, linesOf(grad), axis, linesOf(index), lines.shape).alias(x.shape), undefined];
  },
  samples: () => [
    sample<GatherArgs>('the last axis', randn([4, 6]), -1, indices([4, 3], 6)),
    sample<GatherArgs>('the first axis', randn([5, 3]), 0, indices([7, 3], 5)),
    sample<GatherArgs>(
      'a middle axis, the index shorter along the others',
      randn([3, 4, 5]),
      1,
      indices([2, 6, 3], 4),
    ),
    sample<GatherArgs>('one axis', randn([5]), 0, indices([9], 5)),
    sample<GatherArgs>('a long index', randn([3]), 0, indices([300], 3)),
  ],
});
