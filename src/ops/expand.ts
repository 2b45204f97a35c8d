import { computedAs } from '../tensor/dtype';
import { numbers } from '../tensor/guard';
import { words } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, type Shape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { paddedTo, squaresOfBroadcast } from './broadcast';
import { defineOp } from './define';
import { samplesOf } from './factors';
import { randn, sample } from './sample';
import { expandedShape } from './views';

type Args = [x: Tensor, shape: Shape];

const broadcast = (k: Kernels, x: Tensor, shape: Shape): Tensor =>
  k.elementwise('x', { x }, { shape, dtype: computedAs(x.dtype) });

/**
 * x with axes of length 1 repeated to the shape, as torch.expand; −1 keeps a length. New axes come in front. Tensors are
 * dense, so this is a copy.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.expand(gpu.tensor([[1], [2]]), [-1, 3]); // → [[1, 1, 1], [2, 2, 2]]
 * ```
 */
export const expand = defineOp({
  name: 'expand',
  takes: { x: words, shape: numbers },
  parse: (...[x, shape]: Args) => ({
    inputs: [x] as const,
    attrs: { shape: expandedShape('expand', x.shape, shape) },
  }),
  shape: ({ attrs }) => attrs.shape,
  forward: (k, { inputs: [x], shape }) => broadcast(k, x, shape),
  backward: (k, { grad, inputs: [x] }) => [k.sumTo(grad, x.shape)],
  perSample: (k, { grad, inputs: [x] }) => [squaresOfBroadcast(k, grad, x.shape)],
  factors: (k, { grad, inputs: [x], range: [from, to] }) => {
    const [, ...own] = paddedTo(grad.shape.length, x.shape);
    const sums = k.sumTo(samplesOf(k, grad, [from, to]), [to - from, ...own]);
    return [{ output: sums.alias([to - from, 1, x.size, 1]) }];
  },
  samples: () => [
    sample<Args>('a column, its length kept', randn([3, 1]), [-1, 4]),
    sample<Args>('a new axis and one in the middle', randn([3, 1, 2]), [2, 3, 4, 2]),
  ],
});

/** Each axis as two: how often it is repeated, and its own length. */
const apart = (x: Shape, counts: Shape) => {
  const padded = [...new Array<number>(counts.length - x.length).fill(1), ...x];
  return {
    once: padded.flatMap((length) => [1, length]),
    often: padded.flatMap((length, axis) => [counts[axis], length]),
    whole: padded.map((length, axis) => counts[axis] * length),
  };
};

/**
 * x one after the other, counts[i] times along axis i, as torch.Tensor.repeat; more counts than axes make new ones in
 * front.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.repeat(gpu.tensor([1, 2]), [2]); // → [1, 2, 1, 2]
 * ```
 */
export const repeat = defineOp({
  name: 'repeat',
  takes: { x: words, counts: numbers },
  parse: (...[x, counts]: Args) => {
    if (counts.length < x.shape.length || !counts.every((count) => Number.isInteger(count) && count >= 0))
      throw new ShapeError(
        `repeat: counts ${formatShape(counts)} are not whole numbers of at least 0, one for each axis of ${formatShape(x.shape)} or more`,
      );
    return { inputs: [x] as const, attrs: { counts } };
  },
  shape: ({ inputs: [x], attrs: { counts } }) => apart(x.shape, counts).whole,
  forward: (k, { inputs: [x], attrs: { counts }, shape }) => {
    const { once, often } = apart(x.shape, counts);
    return broadcast(k, x.alias(once), often).alias(shape);
  },
  backward: (k, { grad, inputs: [x], attrs: { counts } }) => {
    const { once, often } = apart(x.shape, counts);
    const axes = counts.map((_, axis) => 2 * axis);
    return [k.reduce('sum', grad.alias(often), axes, true).alias(once).alias(x.shape)];
  },
  samples: () => [
    sample<Args>('both axes', randn([2, 3]), [2, 3]),
    sample<Args>('a new axis', randn([3]), [2, 1]),
  ],
});
