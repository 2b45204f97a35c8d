import type { Run } from '../../tensor/kernels';
import { formatShape, type Shape, ShapeError } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { imageShape, type Space, spaceShape } from '../images';
import type { Pair } from '../pair';

/** Sizes are one number, or [height, width]; of pools of lines one number. */
export interface PoolOptions<Size = number | Pair> {
  /** Distance between windows; default: the kernel's size, so that they do not overlap. */
  readonly stride?: Size;
  /** Added on each side, at most half the kernel; default 0. */
  readonly padding?: Size;
  /** Whether windows may reach over the padded edge, as long as they begin before it; default false: such are dropped. */
  readonly ceilMode?: boolean;
}

export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly ceilMode: boolean;
}

/** @throws ShapeError */
export function parseWindow<Size>(
  op: string,
  space: Space<Size>,
  size: Size | number,
  options: PoolOptions<Size> & { readonly dilation?: Size },
): Window {
  const { stride = size, padding = 0, ceilMode = false, dilation = 1 } = options;
  const kernel = space.pair(op, 'kernel', size, 1);
  const around = space.pair(op, 'padding', padding, 0);
  if (around.some((pad, i) => 2 * pad > kernel[i])) {
    throw new ShapeError(
      `${op}: padding ${formatShape(around)} is more than half of kernel ${formatShape(kernel)}; some windows would see padding alone`,
    );
  }
  return {
    kernel,
    stride: space.pair(op, 'stride', stride, 1),
    padding: around,
    dilation: space.pair(op, 'dilation', dilation, 1),
    ceilMode,
  };
}

/** What an op is given as [N, C, H, W]. @throws ShapeError */
export function imagesOf(op: string, space: Space<never>, { shape, dtype }: Tensor): Shape {
  const { axes, batched, unbatched } = space;
  if ((shape.length === axes + 2 || shape.length === axes + 1) && dtype === 'f32') {
    return imageShape(space, shape);
  }
  throw new ShapeError(
    `${op}: input must be f32 ${batched}, got ${dtype}${formatShape(shape)}; without a batch it is ${unbatched}`,
  );
}

/** From the first value of a window to its last. */
export const reach = ({ kernel, dilation }: Window, i: 0 | 1): number => dilation[i] * (kernel[i] - 1) + 1;

/** Shape of the result. @throws ShapeError */
export function pooledShape(op: string, space: Space<never>, x: Tensor, window: Window): Shape {
  const [samples, channels, ...plane] = imagesOf(op, space, x);
  const { kernel, stride, padding, ceilMode } = window;
  const [height, width] = ([0, 1] as const).map((i) => {
    const left = plane[i] + 2 * padding[i] - reach(window, i);
    const count = Math.floor((left + (ceilMode ? stride[i] - 1 : 0)) / stride[i]) + 1;
    if (count < 1) {
      throw new ShapeError(
        `${op}: kernel ${formatShape(kernel)} is larger than input ${formatShape(x.shape)} with padding ${formatShape(padding)}`,
      );
    }
    // A last window that would begin behind the image has nothing to see.
    return ceilMode && (count - 1) * stride[i] >= plane[i] + padding[i] ? count - 1 : count;
  });
  return spaceShape(space, x.shape, [samples, channels, height, width]);
}

/** Uniform block and groups of a kernel whose threads walk the rows of `walked`, four values each; all are images. */
export function walk(walked: Shape, x: Shape, y: Shape, window: Window): Pick<Run, 'uniforms' | 'groups'> {
  const rows = walked[0] * walked[1] * walked[2];
  const { stride, padding } = window;
  return {
    uniforms: {
      rows,
      out_height: y[2],
      out_width: y[3],
      height: x[2],
      width: x[3],
      kernel_height: reach(window, 0),
      kernel_width: reach(window, 1),
      stride_height: stride[0],
      stride_width: stride[1],
      padding_height: padding[0],
      padding_width: padding[1],
    },
    groups: Math.ceil((rows * Math.ceil(walked[3] / 4)) / 64),
  };
}

/** Whether windows are of a size, a step and a padding in both directions, and whole. */
export const isWindow = (
  { kernel, stride, padding, dilation }: Window,
  size: number,
  step: number,
  around: number,
): boolean =>
  [0, 1].every(
    (axis) =>
      kernel[axis] === size && stride[axis] === step && padding[axis] === around && dilation[axis] === 1,
  );

/** Uniform block and groups where a window of 3 × 3 stands around every pixel; undefined elsewhere. */
export function sliding(
  [n, c, height, width]: Shape,
  window: Window,
): Pick<Run, 'uniforms' | 'groups'> | undefined {
  if (!isWindow(window, 3, 1, 1) || width % 4 !== 0) return undefined;
  const [quads, strips] = [width / 4, Math.ceil(height / 4)];
  const threads = n * c * strips * quads;
  return { uniforms: { threads, quads, height, strips }, groups: Math.ceil(threads / 64) };
}
