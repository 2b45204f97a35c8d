import { computedAs } from '../tensor/dtype';
import type { Kernels } from '../tensor/kernels';
import { type Shape, sizeOf, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Geometry } from './conv2d/geometry';

/** Samples from, inclusive, and to, exclusive. */
type Range = readonly [from: number, to: number];

/** Samples of a range, x [N, ...] to [to − from, ...]; without a copy where these are all. */
export function samplesOf(k: Kernels, x: Tensor, [from, to]: Range): Tensor {
  const shape = [to - from, ...x.shape.slice(1)];
  if (from === 0 && to === x.shape[0]) return x.alias(shape);
  const strides = stridesOf(shape);
  const out = k.empty(shape, computedAs(x.dtype));
  return k.copy(x, { start: from * strides[0], strides }, out, { start: 0, strides }, shape);
}

/** Features of a range of samples with their positions last: x [N, ..., F] to [n, 1, F, S]. */
export function positionsLast(k: Kernels, x: Tensor, range: Range): Tensor {
  const count = range[1] - range[0];
  const features = x.shape[x.shape.length - 1];
  const positions = sizeOf(x.shape.slice(1, -1));
  const rows = samplesOf(k, x, range).alias([count, positions, features]);
  return (positions === 1 ? rows : k.permute(rows, [0, 2, 1])).alias([count, 1, features, positions]);
}

/**
 * What each output position of a convolution sees of a range of samples, zeros where it looks over the edge.
 * @param x [N, C, H, W]
 * @param weight [O, C/groups, KH, KW]
 * @param out [N, O, OH, OW]
 * @returns [n, groups, C/groups · KH · KW, OH · OW]
 */
export function patches(
  k: Kernels,
  x: Tensor,
  range: Range,
  { stride, padding, dilation, groups }: Geometry,
  weight: Shape,
  out: Shape,
): Tensor {
  const count = range[1] - range[0];
  const [, channels, height, width] = x.shape;
  // What the kernel covers may end behind a padding that is the same on both sides.
  const [rows, columns] = [height, width].map((length, i) =>
    Math.max(length + 2 * padding[i], (out[2 + i] - 1) * stride[i] + dilation[i] * (weight[2 + i] - 1) + 1),
  );
  const image = stridesOf([count, channels, rows, columns]);
  let [source, start] = [x, range[0] * image[0]];
  if (rows > height || columns > width) {
    const from = stridesOf(x.shape);
    const inside = { start: padding[0] * columns + padding[1], strides: image };
    source = k.zeros([count, channels, rows, columns]);
    start = 0;
    k.copy(x, { start: range[0] * from[0], strides: from }, source, inside, [count, channels, height, width]);
  }
  const box = [count, channels, weight[2], weight[3], out[2], out[3]];
  const strides = [image[0], image[1], dilation[0] * columns, dilation[1], stride[0] * columns, stride[1]];
  const seen = k.copy(source, { start, strides }, k.empty(box), { start: 0, strides: stridesOf(box) }, box);
  return seen.alias([count, groups, weight[1] * weight[2] * weight[3], out[2] * out[3]]);
}
