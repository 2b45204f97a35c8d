import type { Kernel } from '../../runtime/kernel';
import avgSource from '../../shaders/avg_pool.wgsl';
import avgBackwardSource from '../../shaders/avg_pool_backward.wgsl';
import avgSlidingSource from '../../shaders/avg_pool_sliding.wgsl';
import maxSource from '../../shaders/max_pool.wgsl';
import maxBackwardSource from '../../shaders/max_pool_backward.wgsl';
import halvingSource from '../../shaders/max_pool_halving.wgsl';
import halvingBackwardSource from '../../shaders/max_pool_halving_backward.wgsl';
import slidingSource from '../../shaders/max_pool_sliding.wgsl';
import slidingBackwardSource from '../../shaders/max_pool_sliding_backward.wgsl';
import { aFlag, aPair, optional, options } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import type { Run } from '../tensor/kernels';
import { formatShape, type Shape, ShapeError, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { type Pair, pair } from './pair';
import { distinct, randn, sample } from './sample';

const maxKernel: Kernel = { name: 'maxPool2d.forward', source: maxSource };
const maxBackwardKernel: Kernel = { name: 'maxPool2d.backward', source: maxBackwardSource };
const halvingKernel: Kernel = { name: 'maxPool2d.halving', source: halvingSource };
const halvingBackwardKernel: Kernel = { name: 'maxPool2d.halvingBackward', source: halvingBackwardSource };
const slidingKernel: Kernel = { name: 'maxPool2d.sliding', source: slidingSource };
const slidingBackwardKernel: Kernel = { name: 'maxPool2d.slidingBackward', source: slidingBackwardSource };
const avgKernel: Kernel = { name: 'avgPool2d.forward', source: avgSource };
const avgBackwardKernel: Kernel = { name: 'avgPool2d.backward', source: avgBackwardSource };
const avgSlidingKernel: Kernel = { name: 'avgPool2d.sliding', source: avgSlidingSource };

export interface PoolOptions {
  /** Distance between windows; default: the kernel's size, so that they do not overlap. */
  readonly stride?: number | Pair;
  /** Added on each side, at most half the kernel; default 0. */
  readonly padding?: number | Pair;
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether the mean's divisor counts padding; default true. */
  readonly countIncludePad?: boolean;
}

interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/** Values of a window from which on a running sum adds them up. */
const LONG_WINDOW = 512;

type MaxArgs = [x: Tensor, kernel: number | Pair, options?: PoolOptions];
type AvgArgs = [x: Tensor, kernel: number | Pair, options?: AvgPoolOptions];

function parseWindow(op: string, size: number | Pair, { stride = size, padding = 0 }: PoolOptions): Window {
  const kernel = pair(op, 'kernel', size, 1);
  const around = pair(op, 'padding', padding, 0);
  if (around.some((pad, i) => 2 * pad > kernel[i])) {
    throw new ShapeError(
      `${op}: padding ${formatShape(around)} is more than half of kernel ${formatShape(kernel)}; some windows would see padding alone`,
    );
  }
  return { kernel, stride: pair(op, 'stride', stride, 1), padding: around };
}

function checkImages(op: string, x: Tensor): Shape {
  if (x.shape.length === 4 && x.dtype === 'f32') return x.shape;
  throw new ShapeError(`${op}: input must be f32 [N,C,H,W], got ${x}`);
}

function pooledShape(op: string, x: Tensor, { kernel, stride, padding }: Window): Shape {
  const shape = checkImages(op, x);
  const [height, width] = kernel.map((size, i) => {
    const padded = shape[2 + i] + 2 * padding[i];
    if (padded < size) {
      throw new ShapeError(
        `${op}: kernel ${formatShape(kernel)} is larger than input ${formatShape(shape)} with padding ${formatShape(padding)}`,
      );
    }
    return Math.floor((padded - size) / stride[i]) + 1;
  });
  return [shape[0], shape[1], height, width];
}

/** Uniform block and groups of a kernel whose threads walk the rows of `walked`, four values each. */
function walk(walked: Shape, x: Shape, y: Shape, window: Window): Pick<Run, 'uniforms' | 'groups'> {
  const rows = walked[0] * walked[1] * walked[2];
  const { kernel, stride, padding } = window;
  return {
    uniforms: {
      rows,
      out_height: y[2],
      out_width: y[3],
      height: x[2],
      width: x[3],
      kernel_height: kernel[0],
      kernel_width: kernel[1],
      stride_height: stride[0],
      stride_width: stride[1],
      padding_height: padding[0],
      padding_width: padding[1],
    },
    groups: Math.ceil((rows * Math.ceil(walked[3] / 4)) / 64),
  };
}

const isWindow = ({ kernel, stride, padding }: Window, size: number, step: number, around: number): boolean =>
  [0, 1].every((axis) => kernel[axis] === size && stride[axis] === step && padding[axis] === around);

/** Uniform block and groups where windows of 2 × 2 lie side by side and lines are read as vec4; undefined elsewhere. */
function halving(x: Shape, y: Shape, window: Window): Pick<Run, 'uniforms' | 'groups'> | undefined {
  if (!isWindow(window, 2, 2, 0) || x[2] % 2 !== 0 || x[3] % 8 !== 0) return undefined;
  const threads = sizeOf(y) / 4;
  return { uniforms: { threads, quads: y[3] / 4, out_height: y[2] }, groups: Math.ceil(threads / 64) };
}

/** The same where a window of 3 × 3 stands around every pixel. */
function sliding([n, c, height, width]: Shape, window: Window): Pick<Run, 'uniforms' | 'groups'> | undefined {
  if (!isWindow(window, 3, 1, 1) || width % 4 !== 0) return undefined;
  const [quads, strips] = [width / 4, Math.ceil(height / 4)];
  const threads = n * c * strips * quads;
  return { uniforms: { threads, quads, height, strips }, groups: Math.ceil(threads / 64) };
}

/**
 * Largest value of each window; padding never wins, the first of equals does, NaN beats every number.
 * Windows that would reach over the padded edge are dropped, as in PyTorch.
 * @param x [N, C, H, W] f32
 * @returns [N, C, ⌊(H + 2·padding − kernel) / stride⌋ + 1, likewise]
 * @throws ShapeError
 */
export const maxPool2d = defineOp({
  name: 'maxPool2d',
  takes: {
    x: singles,
    kernel: aPair,
    options: optional(options({ stride: optional(aPair), padding: optional(aPair) })),
  },
  parse: (...[x, kernel, options = {}]: MaxArgs) => ({
    inputs: [x] as const,
    attrs: parseWindow('maxPool2d', kernel, options),
  }),
  shape: ({ inputs: [x], attrs }) => pooledShape('maxPool2d', x, attrs),
  forward: (k, { inputs: [x], attrs, shape }) => {
    const output = k.empty(shape);
    const whereFrom = k.empty(shape, 'i32');
    const operands = { outputs: [output, whereFrom], inputs: [x] };
    const [halves, slides] = [halving(x.shape, shape, attrs), sliding(x.shape, attrs)];
    if (halves) k.run(halvingKernel, { ...operands, ...halves });
    else if (slides) k.run(slidingKernel, { ...operands, ...slides });
    else k.run(maxKernel, { ...operands, ...walk(shape, x.shape, shape, attrs) });
    return { output, saved: whereFrom };
  },
  backward: (k, { grad, inputs: [x], attrs, saved: whereFrom }) => {
    const dx = k.empty(x.shape);
    const operands = { outputs: [dx], inputs: [grad, whereFrom] };
    const [halves, slides] = [halving(x.shape, grad.shape, attrs), sliding(x.shape, attrs)];
    if (halves) k.run(halvingBackwardKernel, { ...operands, ...halves });
    else if (slides) k.run(slidingBackwardKernel, { ...operands, ...slides });
    else k.run(maxBackwardKernel, { ...operands, ...walk(x.shape, x.shape, grad.shape, attrs) });
    return [dx];
  },
  samples: () => [
    sample<MaxArgs>('windows side by side', distinct([2, 3, 6, 8]), 2),
    sample<MaxArgs>('halves of lines of whole vec4', distinct([2, 2, 4, 8]), 2),
    sample<MaxArgs>('an incomplete last window', distinct([1, 2, 7, 5]), 2),
    sample<MaxArgs>('overlapping padded windows', distinct([2, 2, 5, 6]), 3, { stride: 1, padding: 1 }),
    sample<MaxArgs>('around pixels of whole vec4', distinct([2, 2, 6, 12]), 3, { stride: 1, padding: 1 }),
    sample<MaxArgs>('around pixels of one vec4', distinct([1, 2, 1, 4]), 3, { stride: 1, padding: 1 }),
    sample<MaxArgs>('different height and width', distinct([2, 1, 7, 5]), [3, 2], {
      stride: [2, 1],
      padding: [1, 0],
    }),
    sample<MaxArgs>('gaps between windows', distinct([1, 2, 7, 9]), 2, { stride: 3 }),
  ],
});

const isLong = ({ kernel }: Window): number => Number(kernel[0] * kernel[1] > LONG_WINDOW);

/**
 * Mean of each window. Windows that would reach over the padded edge are dropped, as in PyTorch.
 * @param x [N, C, H, W] f32
 * @returns [N, C, ⌊(H + 2·padding − kernel) / stride⌋ + 1, likewise]
 * @throws ShapeError
 */
export const avgPool2d = defineOp({
  name: 'avgPool2d',
  takes: {
    x: singles,
    kernel: aPair,
    options: optional(
      options({ stride: optional(aPair), padding: optional(aPair), countIncludePad: optional(aFlag) }),
    ),
  },
  parse: (...[x, kernel, options = {}]: AvgArgs) => ({
    inputs: [x] as const,
    attrs: {
      window: parseWindow('avgPool2d', kernel, options),
      constants: { COUNT_PADDING: (options.countIncludePad ?? true) ? 1 : 0 },
    },
  }),
  shape: ({ inputs: [x], attrs: { window } }) => pooledShape('avgPool2d', x, window),
  forward: (k, { inputs: [x], attrs: { window, constants }, shape }) => {
    const y = k.empty(shape);
    const operands = { outputs: [y], inputs: [x] };
    const slides = sliding(x.shape, window);
    if (slides) k.run(avgSlidingKernel, { ...operands, ...slides, constants });
    else {
      const LONG = isLong(window);
      k.run(avgKernel, {
        ...operands,
        ...walk(shape, x.shape, shape, window),
        constants: { ...constants, LONG },
      });
    }
    return y;
  },
  backward: (k, { grad, inputs: [x], attrs: { window, constants } }) => {
    const dx = k.empty(x.shape);
    const operands = { outputs: [dx], inputs: [grad] };
    const slides = sliding(x.shape, window);
    if (slides) k.run(avgSlidingKernel, { ...operands, ...slides, constants: { ...constants, BACKWARD: 1 } });
    else {
      const LONG = isLong(window);
      const launch = walk(x.shape, x.shape, grad.shape, window);
      k.run(avgBackwardKernel, { ...operands, ...launch, constants: { ...constants, LONG } });
    }
    return [dx];
  },
  samples: () => [
    sample<AvgArgs>('windows side by side', randn([2, 3, 6, 8]), 2),
    sample<AvgArgs>('an incomplete last window', randn([1, 2, 7, 5]), [2, 2]),
    sample<AvgArgs>('overlapping padded windows', randn([2, 2, 5, 6]), 3, { stride: 1, padding: 1 }),
    sample<AvgArgs>('padding not counted', randn([2, 2, 5, 6]), 3, {
      stride: 1,
      padding: 1,
      countIncludePad: false,
    }),
    sample<AvgArgs>('around pixels of whole vec4', randn([2, 2, 6, 12]), 3, { stride: 1, padding: 1 }),
    sample<AvgArgs>('around pixels of whole vec4, padding not counted', randn([2, 2, 6, 12]), 3, {
      stride: 1,
      padding: 1,
      countIncludePad: false,
    }),
    sample<AvgArgs>('around pixels of one vec4, padding not counted', randn([1, 2, 1, 4]), 3, {
      stride: 1,
      padding: 1,
      countIncludePad: false,
    }),
    sample<AvgArgs>('different height and width, padding not counted', randn([2, 1, 7, 5]), [3, 4], {
      stride: [2, 1],
      padding: [1, 2],
      countIncludePad: false,
    }),
    sample<AvgArgs>('gaps between windows', randn([1, 2, 7, 9]), 2, { stride: 3 }),
  ],
});

/** Mean over height and width: [N, C, H, W] f32 to [N, C, 1, 1]. @throws ShapeError */
export const globalAvgPool2d = defineOp({
  name: 'globalAvgPool2d',
  takes: { x: singles },
  parse: (x: Tensor) => ({ inputs: [x] as const, attrs: {} }),
  shape: ({ inputs: [x] }) => {
    const [images, channels] = checkImages('globalAvgPool2d', x);
    return [images, channels, 1, 1];
  },
  forward: (k, { inputs: [x] }) => k.reduce('sum', x, [2, 3], true, 1 / (x.shape[2] * x.shape[3])),
  backward: (k, { grad: g, inputs: [{ shape }] }) => [
    k.elementwise('g * scale', { g }, { shape, scalars: { scale: 1 / (shape[2] * shape[3]) } }),
  ],
  samples: () => [
    sample<[Tensor]>('images of odd size', randn([2, 3, 5, 7])),
    sample<[Tensor]>('one line', randn([1, 4, 1, 6])),
    sample<[Tensor]>('one pixel', randn([3, 2, 1, 1])),
  ],
});
