import type { Pair } from './conv';
import { mean } from './reduce';
import { at, build, type Ref } from './ref';

export interface PoolOptions {
  kernel: Pair;
  /** The kernel's size when left out. */
  stride?: Pair;
  padding?: Pair;
}

/** For each output cell: f over the window's values inside the image. Incomplete windows at the end are dropped. */
function pool(
  input: Ref,
  { kernel, stride = kernel, padding = [0, 0] }: PoolOptions,
  f: (values: number[]) => number,
): Ref {
  const [batch, channels, height, width] = input.shape;
  const outHeight = Math.floor((height + 2 * padding[0] - kernel[0]) / stride[0]) + 1;
  const outWidth = Math.floor((width + 2 * padding[1] - kernel[1]) / stride[1]) + 1;
  return build([batch, channels, outHeight, outWidth], ([n, c, oy, ox]) => {
    const values: number[] = [];
    for (let ky = 0; ky < kernel[0]; ky++) {
      for (let kx = 0; kx < kernel[1]; kx++) {
        const y = oy * stride[0] - padding[0] + ky;
        const x = ox * stride[1] - padding[1] + kx;
        if (y >= 0 && y < height && x >= 0 && x < width) values.push(at(input, [n, c, y, x]));
      }
    }
    return f(values);
  });
}

/** Largest value of each window; padding never wins. input [N, C, H, W]. */
export const maxPool2d = (input: Ref, options: PoolOptions): Ref =>
  pool(input, options, (values) => Math.max(...values));

/** Mean of each window; with countIncludePad (PyTorch's default) padded zeros count in the divisor. */
export function avgPool2d(
  input: Ref,
  { countIncludePad = true, ...options }: PoolOptions & { countIncludePad?: boolean },
): Ref {
  const [kernelHeight, kernelWidth] = options.kernel;
  return pool(input, options, (values) => {
    const total = values.reduce((a, b) => a + b, 0);
    return total / (countIncludePad ? kernelHeight * kernelWidth : values.length);
  });
}

/** Mean over height and width: [N, C, H, W] to [N, C, 1, 1], as F.adaptive_avg_pool2d(x, 1). */
export const globalAvgPool2d = (input: Ref): Ref => mean(input, [2, 3], true);

interface LooseOptions {
  stride?: number | Pair;
  padding?: number | Pair;
  countIncludePad?: boolean;
}

/** A pool under the engine's signature: the kernel as an argument, numbers for equal pairs. */
const called =
  (op: (input: Ref, options: PoolOptions & { countIncludePad?: boolean }) => Ref) =>
  (input: Ref, kernel: number | Pair, { stride = kernel, padding = 0, ...rest }: LooseOptions = {}): Ref => {
    const both = (value: number | Pair): Pair => (typeof value === 'number' ? [value, value] : value);
    return op(input, { kernel: both(kernel), stride: both(stride), padding: both(padding), ...rest });
  };
export const maxPool2dCall = called(maxPool2d);
export const avgPool2dCall = called(avgPool2d);
