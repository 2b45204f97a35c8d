import type { Kernels } from '../tensor/kernels';
import type { Shape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';

/** A shape with axes of length 1 in front, as it is broadcast. */
export const paddedTo = (rank: number, shape: Shape): number[] => [
  ...new Array<number>(rank - shape.length).fill(1),
  ...shape,
];

/** Σ_n (per-sample gradient)² of an operand of the given shape, from the gradient before it is summed over repeats. */
export function squaresOfBroadcast(k: Kernels, full: Tensor, shape: Shape): Tensor {
  const padded = paddedTo(full.shape.length, shape);
  const x = k.sumTo(full, [full.shape[0], ...padded.slice(1)]);
  const squares = k.elementwise('x * x', { x });
  return k.sumTo(squares, padded).alias(shape);
}
