import type { Kernels } from '../../tensor/kernels';
import { formatShape, type Shape, ShapeError } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { imageShape, inShape, isBatched, type Space } from '../images';
import type { Pair } from '../pair';

/** What a convolution, or a transposed one, is called with. */
export type Inputs = readonly [x: Tensor, weight: Tensor, bias: Tensor | undefined];

/** Weights of lines [.., .., K] as those of images of one line. */
export const planeWeight = ({ axes }: Space<never>, weight: Shape): Shape =>
  axes === 2 ? weight : [weight[0], weight[1], 1, weight[2]];

/** The tensors as kernels take them: images and weights of rank 4. */
const asPlanes = (space: Space<never>, [x, weight, bias]: Inputs): [Tensor, Tensor, Tensor | undefined] => [
  inShape(x, imageShape(space, x.shape)),
  inShape(weight, planeWeight(space, weight.shape)),
  bias,
];

/** What a gradient is computed of, as kernels take it: images, weights and the result's gradient, each of rank 4. */
export function gradientPlanes(
  space: Space<never>,
  inputs: Inputs,
  grad: Tensor,
): { x: Tensor; weight: Tensor; g: Tensor } {
  const [x, weight] = asPlanes(space, inputs);
  return { x, weight, g: inShape(grad, imageShape(space, grad.shape)) };
}

/**
 * Runs `work` on the tensors as kernels take them, and gives its result the shape that it has for users.
 * Where all are images already, they are no views.
 */
export function onPlanes(
  k: Kernels,
  space: Space<never>,
  inputs: Inputs,
  shape: Shape,
  work: (inputs: Inputs, shape: Shape) => Tensor,
): Tensor {
  if (space.axes === 2 && isBatched(space, shape)) return work(inputs, shape);
  return k.gpu.scope(() => work(asPlanes(space, inputs), imageShape(space, shape)).alias(shape));
}

/** Σ_n (Σ_hw g)² of each channel. */
export function biasSquares(k: Kernels, grad: Tensor): Tensor {
  const sums = k.reduce('sum', grad, [2, 3]);
  return k.reduce('sum', k.elementwise('x * x', { x: sums }), [0]);
}

/** @throws ShapeError if they have not as many axes as the op knows, or channels do not fall into the groups */
export function checkOperands(
  op: string,
  space: Space<never>,
  x: Shape,
  weight: Shape,
  groups: number,
  weightAxes: string,
): void {
  const { axes, batched, unbatched } = space;
  if (x.length !== axes + 2 && x.length !== axes + 1) {
    throw new ShapeError(
      `${op}: input ${formatShape(x)} has ${x.length} axes, expected ${axes + 2}: ${batched}, or ${axes + 1} without a batch: ${unbatched}`,
    );
  }
  if (weight.length !== axes + 2 || weight.includes(0)) {
    throw new ShapeError(
      `${op}: weight has shape ${formatShape(weight)}, expected ${axes + 2} axes of at least 1: ${weightAxes}`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1 || weight[0] % groups !== 0) {
    throw new ShapeError(
      `${op}: groups is ${groups}, expected a whole number that divides the ${weight[0]} ${weightAxes.startsWith('[O') ? 'output' : 'input'} channels (weight shape ${formatShape(weight)}, groups ${groups})`,
    );
  }
}

/** @throws ShapeError unless the bias has a number for each output channel */
export function checkBias(op: string, bias: Shape | undefined, channels: number, weightFacts: string): void {
  if (!bias || (bias.length === 1 && bias[0] === channels)) return;
  throw new ShapeError(
    `${op}: bias has shape ${formatShape(bias)}, expected [${channels}], one a filter ${weightFacts}`,
  );
}

/** How an axis is called. */
export const axisName = ({ axes }: Space<never>, i: 0 | 1): string =>
  axes === 1 ? 'length' : ['height', 'width'][i];

/** The taps of a weight [.., .., KH, KW], from one edge to the other. */
export const reachOf = (taps: number, dilation: Pair, i: 0 | 1): number => dilation[i] * (taps - 1) + 1;
