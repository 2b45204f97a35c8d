import { aPair, type Check, kind } from '../tensor/guard';
import { formatShape, type Shape, ShapeError, sameShape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { type Pair, pair, type Single, single } from './pair';

/*
 * Kernels of convolutions and pools know images [N, C, H, W]. Ops of one axis take [N, C, L] for images of one line, and
 * what has no axis of samples is a batch of one.
 */

/** How an op calls the axes that it walks. */
export interface Space<Size> {
  readonly axes: 1 | 2;
  /** As in '[N,C,L]'. */
  readonly batched: string;
  readonly unbatched: string;
  /** What an option for these axes may be. */
  readonly check: Check;
  /** Such an option as [height, width]. */
  readonly pair: (op: string, name: string, value: Size | number, least: number) => Pair;
}

export const PLANE: Space<number | Pair> = {
  axes: 2,
  batched: '[N,C,H,W]',
  unbatched: '[C,H,W]',
  check: aPair,
  pair,
};
const aSingle = kind(
  'a number',
  (value) =>
    typeof value === 'number' || (Array.isArray(value) && value.length === 1 && typeof value[0] === 'number'),
);
export const LINE: Space<Single> = {
  axes: 1,
  batched: '[N,C,L]',
  unbatched: '[C,L]',
  check: aSingle,
  pair: single,
};

type Axes = Pick<Space<never>, 'axes'>;

export const isBatched = ({ axes }: Axes, { length }: Shape): boolean => length === axes + 2;

/** A shape of rank 3 or 4 for images, of rank 2 or 3 for lines, as [N, C, H, W]. */
export function imageShape(space: Axes, shape: Shape): Shape {
  if (space.axes === 2 && shape.length === 4) return shape;
  const [samples, channels, ...plane] = isBatched(space, shape) ? shape : [1, ...shape];
  return space.axes === 2 ? [samples, channels, ...plane] : [samples, channels, 1, ...plane];
}

/** The shape of a result [N, C, H, W] of an op, where it was given `x`. */
export function spaceShape(space: Axes, x: Shape, [samples, channels, height, width]: Shape): number[] {
  const plane = space.axes === 2 ? [channels, height, width] : [channels, width];
  return isBatched(space, x) ? [samples, ...plane] : plane;
}

/** The tensor in another shape: itself if it has that already. */
export const inShape = (x: Tensor, shape: Shape): Tensor => (sameShape(x.shape, shape) ? x : x.alias(shape));

/** @throws ShapeError if what an op was given has no axis of samples */
export function checkSamples(op: string, space: Space<never>, { shape }: Tensor): void {
  if (isBatched(space, shape)) return;
  throw new ShapeError(
    `${op}: gradients of single samples need an axis of samples, got the input ${formatShape(shape)}; give ${space.batched}`,
  );
}

/** Images x and y of an op, whatever shape their tensors have. */
export interface Planes {
  readonly x: Shape;
  readonly y: Shape;
}

export const planesOf = (space: Space<never>, x: Shape, y: Shape): Planes => ({
  x: imageShape(space, x),
  y: imageShape(space, y),
});
