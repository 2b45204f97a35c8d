import { asImages, fromImages, type Pair } from './conv';
import { at, build, type Ref } from './ref';

export interface PoolOptions {
  kernel: Pair;
  /** The kernel's size when left out. */
  stride?: Pair;
  padding?: Pair;
  dilation?: Pair;
  ceilMode?: boolean;
}

/** A value that a window sees; undefined where it looks at padding. */
type Seen = number | undefined;

/** For each output cell: f over the window's values, within the padded image. Incomplete windows are dropped, or kept by ceilMode. */
function pool(
  input: Ref,
  { kernel, stride = kernel, padding = [0, 0], dilation = [1, 1], ceilMode = false }: PoolOptions,
  f: (values: readonly Seen[]) => number,
): Ref {
  const [batch, channels, ...plane] = input.shape;
  const [outHeight, outWidth] = plane.map((length, i) => {
    const left = length + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1;
    if (!ceilMode) return Math.floor(left / stride[i]) + 1;
    const count = Math.ceil(left / stride[i]) + 1;
    return (count - 1) * stride[i] < length + padding[i] ? count : count - 1;
  });
  return build([batch, channels, outHeight, outWidth], ([n, c, oy, ox]) => {
    const values: Seen[] = [];
    for (let ky = 0; ky < kernel[0]; ky++) {
      for (let kx = 0; kx < kernel[1]; kx++) {
        const y = oy * stride[0] - padding[0] + ky * dilation[0];
        const x = ox * stride[1] - padding[1] + kx * dilation[1];
        if (y >= plane[0] + padding[0] || x >= plane[1] + padding[1]) continue;
        const isInside = y >= 0 && y < plane[0] && x >= 0 && x < plane[1];
        values.push(isInside ? at(input, [n, c, y, x]) : undefined);
      }
    }
    return f(values);
  });
}

const inside = (values: readonly Seen[]): number[] => values.filter((value) => value !== undefined);
export const largest = (values: readonly Seen[]): number => Math.max(...inside(values));
export const meanOf = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

/** Largest value of each window; padding never wins. input [N, C, H, W]. */
export const maxPool2d = (input: Ref, options: PoolOptions): Ref => pool(input, options, largest);

interface AvgPoolOptions extends PoolOptions {
  countIncludePad?: boolean;
  divisorOverride?: number;
}

/** Mean of each window; with countIncludePad (PyTorch's default) padded zeros count in the divisor. */
export const avgPool2d = (
  input: Ref,
  { countIncludePad = true, divisorOverride, ...options }: AvgPoolOptions,
): Ref =>
  pool(input, options, (values) => {
    const seen = inside(values);
    const total = seen.reduce((a, b) => a + b, 0);
    return total / (divisorOverride ?? (countIncludePad ? values.length : seen.length));
  });

/** f over windows that cover the image evenly, as F.adaptive_avg_pool2d; input [N, C, H, W]. */
function adaptivePool(input: Ref, size: Pair, f: (values: number[]) => number): Ref {
  const [batch, channels, ...plane] = input.shape;
  const places = (i: number, axis: 0 | 1) => {
    const first = Math.floor((i * plane[axis]) / size[axis]);
    const end = Math.ceil(((i + 1) * plane[axis]) / size[axis]);
    return Array.from({ length: end - first }, (_, place) => first + place);
  };
  return build([batch, channels, ...size], ([n, c, i, j]) =>
    f(places(i, 0).flatMap((y) => places(j, 1).map((x) => at(input, [n, c, y, x])))),
  );
}

/** Mean over height and width, as F.adaptive_avg_pool2d(x, 1): [N, C, H, W] to [N, C, 1, 1], with or without a batch. */
export const globalAvgPool2d = (input: Ref): Ref =>
  fromImages(adaptivePool(asImages(input, 2), [1, 1], meanOf), input, 2);

type Size = number | readonly number[];
interface LooseOptions {
  readonly stride?: Size;
  readonly padding?: Size;
  readonly dilation?: Size;
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
  readonly divisorOverride?: number;
}

/** A pool under the engine's signature: of images or lines, the kernel as an argument, numbers for equal pairs. */
const called =
  (op: (input: Ref, options: AvgPoolOptions) => Ref) =>
  (axes: 1 | 2) =>
  (input: Ref, kernel: Size, options: LooseOptions = {}): Ref => {
    const both = (value: Size, least: number): Pair => {
      const [first, second = first] = typeof value === 'number' ? [value] : value;
      return axes === 2 ? [first, second] : [least, first];
    };
    const { stride = kernel, padding = 0, dilation = 1, ...rest } = options;
    const images = op(asImages(input, axes), {
      kernel: both(kernel, 1),
      stride: both(stride, 1),
      padding: both(padding, 0),
      dilation: both(dilation, 1),
      ...rest,
    });
    return fromImages(images, input, axes);
  };
export const maxPoolCall = called(maxPool2d);
export const avgPoolCall = called(avgPool2d);

type OutputSize = number | null | readonly (number | null)[];

/** An adaptive pool under the engine's signature. */
export const adaptiveCall =
  (axes: 1 | 2, f: (values: number[]) => number) =>
  (input: Ref, size: OutputSize): Ref => {
    const images = asImages(input, axes);
    const given = typeof size === 'number' || size === null ? [size, size] : size;
    const [height, width] = axes === 2 ? given : [1, given[0]];
    return fromImages(
      adaptivePool(images, [height ?? images.shape[2], width ?? images.shape[3]], f),
      input,
      axes,
    );
  };
