import { numbers } from '../tensor/guard';
import { anyTensor } from '../tensor/guard-tensor';
import { formatShape, type Shape, ShapeError, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { randn, sample } from './sample';

type ReshapeArgs = readonly [x: Tensor, shape: Shape];

/** Fills in the one length given as −1. */
function inferShape(op: string, x: Shape, wanted: Shape): number[] {
  const known = sizeOf(wanted.filter((length) => length !== -1));
  const holes = wanted.filter((length) => length === -1).length;
  const shape = wanted.map((length) => (length === -1 ? sizeOf(x) / known : length));
  const isShape = shape.every((length) => Number.isInteger(length) && length >= 0);
  if (holes > 1 || sizeOf(shape) !== sizeOf(x) || !isShape) {
    throw new ShapeError(
      `${op}: ${formatShape(x)} has ${sizeOf(x)} elements and cannot become ${formatShape(wanted)}`,
    );
  }
  return shape;
}

/** An op that gives the same elements in another shape. */
export const defineReshape = (name: string) =>
  defineOp({
    name,
    takes: { x: anyTensor, shape: numbers },
    parse: (...[x, shape]: ReshapeArgs) => ({
      inputs: [x] as const,
      attrs: { shape: inferShape(name, x.shape, shape) },
    }),
    shape: ({ attrs }) => attrs.shape,
    forward: (_, { inputs: [x], attrs }) => x.alias(attrs.shape),
    backward: (_, { grad, inputs: [x] }) => [grad.alias(x.shape)],
    samples: () => [
      sample<ReshapeArgs>('to a matrix', randn([2, 3, 4]), [6, 4]),
      sample<ReshapeArgs>('one length inferred', randn([2, 3, 4]), [3, -1]),
    ],
  });

/** What `Tensor.view` does. */
export const view = defineReshape('view');
