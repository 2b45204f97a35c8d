import { type Ref, size } from './ref';

/** [height, width] */
export type Pair = readonly [number, number];

export interface Conv2dOptions {
  bias?: Ref;
  stride?: Pair;
  padding?: Pair;
  dilation?: Pair;
  groups?: number;
}

/** Cross-correlation as F.conv2d: input [N, C, H, W], weight [O, C/groups, KH, KW], bias [O]. */
export function conv2d(
  input: Ref,
  weight: Ref,
  { bias, stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 }: Conv2dOptions = {},
): Ref {
  const [batch, channels, height, width] = input.shape;
  const [outputs, groupChannels, kernelHeight, kernelWidth] = weight.shape;
  if (channels !== groupChannels * groups || outputs % groups !== 0) {
    throw new Error(`input [${input.shape}] and weight [${weight.shape}] do not fit ${groups} groups`);
  }
  const outHeight =
    Math.floor((height + 2 * padding[0] - dilation[0] * (kernelHeight - 1) - 1) / stride[0]) + 1;
  const outWidth = Math.floor((width + 2 * padding[1] - dilation[1] * (kernelWidth - 1) - 1) / stride[1]) + 1;
  const rows = taps(outHeight, height, kernelHeight, stride[0], padding[0], dilation[0]);
  const columns = taps(outWidth, width, kernelWidth, stride[1], padding[1], dilation[1]);
  const shape = [batch, outputs, outHeight, outWidth];
  const data = new Float64Array(size(shape));
  let position = 0;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const firstChannel = Math.floor(o / (outputs / groups)) * groupChannels;
      for (const rowTaps of rows) {
        for (const columnTaps of columns) {
          let total = bias ? bias.data[o] : 0;
          for (let c = 0; c < groupChannels; c++) {
            const image = (n * channels + firstChannel + c) * height;
            const kernel = (o * groupChannels + c) * kernelHeight;
            for (const { tap: ky, place: y } of rowTaps) {
              for (const { tap: kx, place: x } of columnTaps) {
                const value = input.data[(image + y) * width + x];
                total += value * weight.data[(kernel + ky) * kernelWidth + kx];
              }
            }
          }
          data[position++] = total;
        }
      }
    }
  }
  return { shape, data };
}

/** For each place along an axis of the result, the taps of the kernel that meet the image, and where. */
function taps(
  out: number,
  length: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
): { readonly tap: number; readonly place: number }[][] {
  return Array.from({ length: out }, (_, at) =>
    Array.from({ length: kernel }, (_, tap) => ({
      tap,
      place: at * stride - padding + tap * dilation,
    })).filter(({ place }) => place >= 0 && place < length),
  );
}
