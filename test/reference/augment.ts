import { philox4x32 } from '../../src/tensor/random';
import { at, build, type Ref } from './ref';

interface Key {
  seed: number;
  offset?: number;
}

const [CROP, FLIP] = ['crop', 'flip'].map((name) => Buffer.from(name).readUInt32BE());

/** Three uniform draws over [0, 1) for image n, with 24 bits each. */
const draws = (n: number, { seed, offset = 0 }: Key, stream: number): number[] =>
  philox4x32([n, offset, 0, 0], [seed, stream]).map((word) => (word >>> 8) / 2 ** 24);

/** Each image moved by a whole number of pixels from −padding to padding in both directions, zeros or `fill` moving in. */
export function randomCrop(
  x: Ref,
  { padding, fill = [], ...key }: Key & { padding: number; fill?: number[] },
): Ref {
  const [, , height, width] = x.shape;
  return build(x.shape, ([n, c, h, w]) => {
    const [down, right] = draws(n, key, CROP).map((draw) => Math.floor(draw * (2 * padding + 1)) - padding);
    const inside = h + down >= 0 && h + down < height && w + right >= 0 && w + right < width;
    return inside ? at(x, [n, c, h + down, w + right]) : (fill[c] ?? 0);
  });
}

/** Images with a draw below p, mirrored left to right. */
export function randomFlip(x: Ref, { p = 0.5, ...key }: Key & { p?: number }): Ref {
  return build(x.shape, ([n, c, h, w]) =>
    at(x, [n, c, h, draws(n, key, FLIP)[2] < p ? x.shape[3] - 1 - w : w]),
  );
}
