import type { Check } from '../../tensor/guard';
import type { Run } from '../../tensor/kernels';
import { formatShape, type Shape, ShapeError, sizeOf } from '../../tensor/shape';
import { type Space, spaceShape } from '../images';
import type { Pair } from '../pair';
import type { Window } from './window';

/** Size of a result: one number, or one for each axis; null for that of the input. */
export type OutputSize<Size> = Size | null | { readonly [I in keyof Size]: Size[I] | null };

/** Its kernels multiply two lengths in 32 bits. */
const LONGEST = 65_535;

const listed = (size: unknown): readonly unknown[] => (Array.isArray(size) ? size : [size]);

export const anOutputSize =
  (space: Space<never>): Check =>
  (call, name, value) => {
    const given = listed(value).map((length) => length ?? 1);
    space.check(call, name, value === undefined ? value : given.length === 1 ? given[0] : given);
  };

/** Shape of the result of pooling x, which is `images` as [N, C, H, W]. @throws ShapeError */
export function adaptiveShape(
  op: string,
  space: Space<never>,
  x: Shape,
  [samples, channels, ...plane]: Shape,
  size: unknown,
): Shape {
  const given = listed(size);
  const all = given.length === 1 && space.axes === 2 ? [given[0], given[0]] : given;
  const [height, width] = (space.axes === 1 ? [1, ...all] : all).map((length, i) => length ?? plane[i]);
  const isSize = (length: unknown): length is number => Number.isInteger(length) && Number(length) >= 1;
  if (all.length !== space.axes || !isSize(height) || !isSize(width)) {
    throw new ShapeError(
      `${op}: size is ${Array.isArray(size) ? `[${size.map((length) => length ?? 'null')}]` : size}, expected a whole number of at least 1${space.axes === 2 ? ', or a pair [height, width] of them' : ''}; null keeps that of the input`,
    );
  }
  if (plane.includes(0)) {
    throw new ShapeError(`${op}: input ${formatShape(x)} has no pixels to take windows of`);
  }
  const isEven = evenWindow([samples, channels, ...plane], [samples, channels, height, width]) !== undefined;
  if (!isEven && Math.max(...plane, height, width) > LONGEST) {
    throw new ShapeError(
      `${op}: axes of input ${formatShape(x)} and of the result ${formatShape([height, width])} may have at most ${LONGEST} places, unless one divides the other`,
    );
  }
  return spaceShape(space, x, [samples, channels, height, width]);
}

/** The windows where all are alike, side by side; undefined where they are not. */
export function evenWindow(x: Shape, y: Shape): Window | undefined {
  if (x[2] % y[2] !== 0 || x[3] % y[3] !== 0) return undefined;
  const kernel: Pair = [x[2] / y[2], x[3] / y[3]];
  return { kernel, stride: kernel, padding: [0, 0], dilation: [1, 1], ceilMode: false };
}

/** Uniform block and groups of a kernel whose threads compute the elements of `to`, of windows of `from`. */
export const adaptiveWalk = (from: Shape, to: Shape): Pick<Run, 'uniforms' | 'groups'> => ({
  uniforms: {
    count: sizeOf(to),
    to_height: to[2],
    to_width: to[3],
    from_height: from[2],
    from_width: from[3],
  },
  groups: Math.ceil(sizeOf(to) / 64),
});
