import { at, indices, offset, type Ref, size } from './ref';

/** [height, width] */
export type Pair = readonly [number, number];

export interface Conv2dOptions {
  bias?: Ref;
  stride?: Pair;
  padding?: Pair;
  /** Behind the image, where it differs from that before. */
  after?: Pair;
  dilation?: Pair;
  groups?: number;
}

/** Cross-correlation as F.conv2d: input [N, C, H, W], weight [O, C/groups, KH, KW], bias [O]. */
export function conv2d(
  input: Ref,
  weight: Ref,
  {
    bias,
    stride = [1, 1],
    padding = [0, 0],
    after = padding,
    dilation = [1, 1],
    groups = 1,
  }: Conv2dOptions = {},
): Ref {
  const [batch, channels, height, width] = input.shape;
  const [outputs, groupChannels, kernelHeight, kernelWidth] = weight.shape;
  if (channels !== groupChannels * groups || outputs % groups !== 0) {
    throw new Error(`input [${input.shape}] and weight [${weight.shape}] do not fit ${groups} groups`);
  }
  const outHeight =
    Math.floor((height + padding[0] + after[0] - dilation[0] * (kernelHeight - 1) - 1) / stride[0]) + 1;
  const outWidth =
    Math.floor((width + padding[1] + after[1] - dilation[1] * (kernelWidth - 1) - 1) / stride[1]) + 1;
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

export interface ConvTranspose2dOptions extends Omit<Conv2dOptions, 'after'> {
  outputPadding?: Pair;
}

/** As F.conv_transpose2d, by its meaning: each pixel adds the kernel, times itself. Weight [I, O/groups, KH, KW]. */
export function convTranspose2d(
  input: Ref,
  weight: Ref,
  {
    bias,
    stride = [1, 1],
    padding = [0, 0],
    outputPadding = [0, 0],
    dilation = [1, 1],
    groups = 1,
  }: ConvTranspose2dOptions = {},
): Ref {
  const [batch, channels, ...plane] = input.shape;
  const [, groupOutputs, ...taps] = weight.shape;
  const outputs = groupOutputs * groups;
  const [height, width] = plane.map(
    (length, i) =>
      (length - 1) * stride[i] - 2 * padding[i] + dilation[i] * (taps[i] - 1) + 1 + outputPadding[i],
  );
  const shape = [batch, outputs, height, width];
  const data = Float64Array.from({ length: size(shape) }, (_, i) =>
    bias ? bias.data[Math.floor(i / (height * width)) % outputs] : 0,
  );
  for (const [n, c, h, w] of indices(input.shape)) {
    const value = at(input, [n, c, h, w]);
    const first = Math.floor(c / (channels / groups)) * groupOutputs;
    for (const [o, ky, kx] of indices([groupOutputs, ...taps])) {
      const y = h * stride[0] - padding[0] + ky * dilation[0];
      const x = w * stride[1] - padding[1] + kx * dilation[1];
      if (y < 0 || y >= height || x < 0 || x >= width) continue;
      data[offset(shape, [n, first + o, y, x])] += value * at(weight, [c, o, ky, kx]);
    }
  }
  return { shape, data };
}

/** A size as users give it: one number for both axes; of lines the only one, beside what images of one line have. */
const pairOf = (value: number | readonly number[], axes: number, least: number): Pair => {
  const [first, second = first] = typeof value === 'number' ? [value] : value;
  return axes === 2 ? [first, second] : [least, first];
};

/** Images of rank 4 from those without a batch, and from lines. */
export function asImages({ shape, data }: Ref, axes: number): Ref {
  const batched = shape.length === axes + 2 ? shape : [1, ...shape];
  return { shape: axes === 2 ? batched : [batched[0], batched[1], 1, batched[2]], data };
}

/** The result of an op on images in the shape that it has for `x`. */
export function fromImages({ shape, data }: Ref, x: Ref, axes: number): Ref {
  const own = axes === 2 ? shape : [shape[0], shape[1], shape[3]];
  return { shape: x.shape.length === axes + 2 ? own : own.slice(1), data };
}

type Size = number | readonly number[];
export interface ConvCall {
  readonly bias?: Ref;
  readonly stride?: Size;
  readonly padding?: Size | 'same' | 'valid';
  readonly outputPadding?: Size;
  readonly dilation?: Size;
  readonly groups?: number;
}

/** conv1d (axes 1) or conv2d under the engine's signature. */
export const convCall =
  (axes: number) =>
  (x: Ref, weight: Ref, options: ConvCall = {}): Ref => {
    const { bias, stride = 1, padding = 0, dilation = 1, groups } = options;
    const kernel = asImages(weight, axes);
    const spread = pairOf(dilation, axes, 1);
    const all = ([0, 1] as const).map((i) => spread[i] * (kernel.shape[2 + i] - 1));
    const isSame = padding === 'same';
    const before = isSame ? all.map((total) => Math.floor(total / 2)) : [];
    const around = typeof padding === 'string' ? ([0, 0] as const) : pairOf(padding, axes, 0);
    const result = conv2d(asImages(x, axes), kernel, {
      bias,
      stride: pairOf(stride, axes, 1),
      padding: isSame ? [before[0], before[1]] : around,
      after: isSame ? [all[0] - before[0], all[1] - before[1]] : around,
      dilation: spread,
      groups,
    });
    return fromImages(result, x, axes);
  };

/** The same of the transposed ones. */
export const convTransposeCall =
  (axes: number) =>
  (x: Ref, weight: Ref, options: ConvCall = {}): Ref => {
    const { bias, stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups } = options;
    const result = convTranspose2d(asImages(x, axes), asImages(weight, axes), {
      bias,
      stride: pairOf(stride, axes, 1),
      padding: pairOf(padding as Size, axes, 0),
      outputPadding: pairOf(outputPadding, axes, 0),
      dilation: pairOf(dilation, axes, 1),
      groups,
    });
    return fromImages(result, x, axes);
  };
