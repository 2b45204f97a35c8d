import { formatShape, ShapeError } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { Stride } from './operation';

/** The shape of what an edge of a cell carries on: [N, C, ⌈H / stride⌉, ⌈W / stride⌉]. */
const carriedShape = ({ shape: [n, channels, height, width] }: Tensor, stride: Stride): number[] => [
  n,
  channels,
  Math.ceil(height / stride),
  Math.ceil(width / stride),
];

/** What an edge carries that carries nothing: zeros without a gradient. */
export const zerosLike = (x: Tensor, stride: Stride): Tensor => x.gpu.zeros(carriedShape(x, stride));

/**
 * Passes on what an operation made of `x`. A sum over edges would broadcast another shape, and nobody would notice.
 * @param what names the edge or the operation in the error
 * @throws ShapeError if the operation gave another shape
 */
export function carried(what: string, y: Tensor, x: Tensor, stride: Stride): Tensor {
  const expected = carriedShape(x, stride);
  if (y.shape.length === 4 && y.shape.every((length, axis) => length === expected[axis])) return y;
  const halved = stride === 2 ? ' and to halve height and width, rounded up' : ', height and width';
  throw new ShapeError(
    `cell: ${what} gives ${formatShape(y.shape)}, expected ${formatShape(expected)}; its operation has to keep the number of channels${halved}`,
  );
}
