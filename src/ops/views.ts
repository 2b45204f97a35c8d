import { aWholeNumber, axes, optional } from '../tensor/guard';
import { anyTensor, words } from '../tensor/guard-tensor';
import {
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  ShapeError,
  scalarAxis,
} from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { randn, sample } from './sample';

type SqueezeArgs = [x: Tensor, axes?: number | readonly number[]];

/**
 * Leaves out axes of length 1: all of them, or those named; a longer one stays, as in torch.squeeze. Without a copy.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.squeeze(gpu.ones([1, 3, 1])).shape; // → [3]
 * ```
 */
export const squeeze = defineOp({
  name: 'squeeze',
  takes: { x: anyTensor, axes: optional(axes) },
  parse: (...[x, axes]: SqueezeArgs) => {
    const named = normalizeAxes('squeeze', axes, x.shape.length);
    const shape = x.shape.filter((length, axis) => length !== 1 || !named.includes(axis));
    return { inputs: [x] as const, attrs: { shape } };
  },
  shape: ({ attrs }) => attrs.shape,
  forward: (_, { inputs: [x], shape }) => x.alias(shape),
  backward: (_, { grad, inputs: [x] }) => [grad.alias(x.shape)],
  samples: () => [
    sample<SqueezeArgs>('every axis of length 1', randn([1, 3, 1, 2])),
    sample<SqueezeArgs>('of two named axes the one of length 1', randn([1, 3, 1, 2]), [1, -2]),
  ],
});

type UnsqueezeArgs = [x: Tensor, axis: number];

/** Shape with an axis of length 1 more, which is axis number `axis` then. @throws ShapeError */
export function unsqueezed(op: string, shape: Shape, axis: number): number[] {
  const at = normalizeAxis(op, axis, shape.length + 1);
  return [...shape.slice(0, at), 1, ...shape.slice(at)];
}

/**
 * Puts in an axis of length 1, which is axis number `axis` then, as torch.unsqueeze. Without a copy.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.unsqueeze(gpu.ones([3]), 1).shape; // → [3, 1]
 * ```
 */
export const unsqueeze = defineOp({
  name: 'unsqueeze',
  takes: { x: anyTensor, axis: aWholeNumber },
  parse: (...[x, axis]: UnsqueezeArgs) => ({
    inputs: [x] as const,
    attrs: { shape: unsqueezed('unsqueeze', x.shape, axis) },
  }),
  shape: ({ attrs }) => attrs.shape,
  forward: (_, { inputs: [x], shape }) => x.alias(shape),
  backward: (_, { grad, inputs: [x] }) => [grad.alias(x.shape)],
  samples: () => [
    sample<UnsqueezeArgs>('in the middle', randn([2, 3]), 1),
    sample<UnsqueezeArgs>('counted from the end', randn([2, 3]), -1),
  ],
});

type TransposeArgs = [x: Tensor, first: number, second: number];

/**
 * x with two of its axes exchanged, as torch.transpose.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.transpose(gpu.tensor([[1, 2], [3, 4]]), 0, 1); // → [[1, 3], [2, 4]]
 * ```
 */
export const transpose = defineOp({
  name: 'transpose',
  takes: { x: words, first: aWholeNumber, second: aWholeNumber },
  parse: (...[x, first, second]: TransposeArgs) => {
    const [a, b] = [first, second].map((axis) => scalarAxis('transpose', axis, x.shape.length));
    const order = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
    return { inputs: [x] as const, attrs: { order } };
  },
  shape: ({ inputs: [x], attrs: { order } }) => order.map((axis) => x.shape[axis]),
  forward: (k, { inputs: [x], attrs: { order } }) => k.permute(x, order),
  backward: (k, { grad, attrs: { order } }) => [k.permute(grad, order)],
  samples: () => [
    sample<TransposeArgs>('a matrix', randn([3, 4]), 0, 1),
    sample<TransposeArgs>('axes apart, counted from either end', randn([2, 3, 4]), 0, -1),
  ],
});

/** Fills in lengths given as −1, which stay as they are. @throws ShapeError */
export function expandedShape(op: string, shape: Shape, wanted: Shape): number[] {
  const missing = wanted.length - shape.length;
  const lengths = wanted.map((length, axis) => (length === -1 ? shape[axis - missing] : length));
  const fits = lengths.every(
    (length, axis) =>
      Number.isInteger(length) &&
      length >= 0 &&
      (axis < missing || shape[axis - missing] === length || shape[axis - missing] === 1),
  );
  if (missing >= 0 && fits) return lengths;
  throw new ShapeError(
    `${op}: ${formatShape(shape)} cannot be repeated to ${formatShape(wanted)}; only axes of length 1 and new ones in front can be, and −1 keeps a length`,
  );
}
