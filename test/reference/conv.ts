import { build, type Ref } from './ref';

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
  return build([batch, outputs, outHeight, outWidth], ([n, o, oy, ox]) => {
    const firstChannel = Math.floor(o / (outputs / groups)) * groupChannels;
    let total = bias ? bias.data[o] : 0;
    for (let c = 0; c < groupChannels; c++) {
      for (let ky = 0; ky < kernelHeight; ky++) {
        const y = oy * stride[0] - padding[0] + ky * dilation[0];
        if (y < 0 || y >= height) continue;
        for (let kx = 0; kx < kernelWidth; kx++) {
          const x = ox * stride[1] - padding[1] + kx * dilation[1];
          if (x < 0 || x >= width) continue;
          const value = input.data[((n * channels + firstChannel + c) * height + y) * width + x];
          total += value * weight.data[((o * groupChannels + c) * kernelHeight + ky) * kernelWidth + kx];
        }
      }
    }
    return total;
  });
}
