import type { Kernel } from '../../../runtime/kernel';
import { knowSnippets } from '../../../runtime/wgsl/imports';
import maxSource from '../../../shaders/max_pool.wgsl';
import maxBackwardSource from '../../../shaders/max_pool_backward.wgsl';
import halvingSource from '../../../shaders/max_pool_halving.wgsl';
import halvingAnySource from '../../../shaders/max_pool_halving_any.wgsl';
import halvingAnyBackwardSource from '../../../shaders/max_pool_halving_any_backward.wgsl';
import halvingBackwardSource from '../../../shaders/max_pool_halving_backward.wgsl';
import slidingSource from '../../../shaders/max_pool_sliding.wgsl';
import slidingBackwardSource from '../../../shaders/max_pool_sliding_backward.wgsl';
import best from '../../../shaders/snippets/best.wgsl';
import strip from '../../../shaders/snippets/strip.wgsl';
import { aFlag, optional, options } from '../../tensor/guard';
import { singles } from '../../tensor/guard-tensor';
import type { Kernels } from '../../tensor/kernels';
import { type Shape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { defineOp } from '../define';
import { PLANE, type Planes, planesOf, type Space } from '../images';
import type { Pair } from '../pair';
import { distinct, type Sample, sample } from '../sample';
import { type IndexOptions, type Keep, type PoolWithIndices, withIndices } from './indices';
import { isWindow, type PoolOptions, parseWindow, pooledShape, sliding, type Window, walk } from './window';

knowSnippets({ best, strip });

const maxKernel: Kernel = { name: 'maxPool2d.forward', source: maxSource };
const maxBackwardKernel: Kernel = { name: 'maxPool2d.backward', source: maxBackwardSource };
const halvingKernel: Kernel = { name: 'maxPool2d.halving', source: halvingSource };
const halvingBackwardKernel: Kernel = { name: 'maxPool2d.halvingBackward', source: halvingBackwardSource };
const halvingAnyKernel: Kernel = { name: 'maxPool2d.halvingAny', source: halvingAnySource };
const halvingAnyBackwardKernel: Kernel = {
  name: 'maxPool2d.halvingAnyBackward',
  source: halvingAnyBackwardSource,
};
const slidingKernel: Kernel = { name: 'maxPool2d.sliding', source: slidingSource };
const slidingBackwardKernel: Kernel = { name: 'maxPool2d.slidingBackward', source: slidingBackwardSource };

export interface MaxPoolOptions<Size = number | Pair> extends PoolOptions<Size>, IndexOptions {
  /** Distance between the values that a window sees; default 1. */
  readonly dilation?: Size;
}

export type MaxArgs<Size> = readonly [x: Tensor, kernel: Size, options?: MaxPoolOptions<Size>];

/**
 * Uniform block, groups and kernels where windows of 2 × 2 lie side by side and fill the image: rows are read as vec4 where
 * they can be; undefined elsewhere.
 */
function halving(x: Shape, y: Shape, window: Window) {
  if (!isWindow(window, 2, 2, 0) || x[2] % 2 !== 0 || x[3] % 2 !== 0) return undefined;
  const [height, width] = y.slice(2);
  const chunks = Math.ceil(width / 4);
  const threads = (sizeOf(y) / Math.max(1, width)) * chunks;
  const groups = Math.ceil(threads / 64);
  if (width % 4 === 0) {
    const uniforms = { threads, quads: chunks, out_height: height };
    return { launch: { groups, uniforms }, forward: halvingKernel, backward: halvingBackwardKernel };
  }
  const uniforms = { threads, chunks, out_height: height, out_width: width };
  return { launch: { groups, uniforms }, forward: halvingAnyKernel, backward: halvingAnyBackwardKernel };
}

const dilated = ({ dilation }: Window) =>
  dilation.some((step) => step !== 1)
    ? { DILATED: 1, DILATION_HEIGHT: dilation[0], DILATION_WIDTH: dilation[1] }
    : undefined;

export function pool(k: Kernels, x: Tensor, shape: Shape, planes: Planes, window: Window) {
  const output = k.empty(shape);
  const whereFrom = k.empty(shape, 'i32');
  const operands = { outputs: [output, whereFrom], inputs: [x] };
  const [halves, slides] = [halving(planes.x, planes.y, window), sliding(planes.x, window)];
  if (halves) k.run(halves.forward, { ...operands, ...halves.launch });
  else if (slides) k.run(slidingKernel, { ...operands, ...slides });
  else {
    const launch = walk(planes.y, planes.x, planes.y, window);
    k.run(maxKernel, { ...operands, ...launch, constants: dilated(window) });
  }
  return { output, saved: whereFrom };
}

export function poolBackward(
  k: Kernels,
  grad: Tensor,
  whereFrom: Tensor,
  shape: Shape,
  planes: Planes,
  window: Window,
): Tensor {
  const dx = k.empty(shape);
  const operands = { outputs: [dx], inputs: [grad, whereFrom] };
  const [halves, slides] = [halving(planes.x, planes.y, window), sliding(planes.x, window)];
  if (halves) k.run(halves.backward, { ...operands, ...halves.launch });
  else if (slides) k.run(slidingBackwardKernel, { ...operands, ...slides });
  else k.run(maxBackwardKernel, { ...operands, ...walk(planes.x, planes.x, planes.y, window) });
  return dx;
}

export function defineMaxPool<Size>(
  name: string,
  space: Space<Size>,
  samples: () => readonly Sample<MaxArgs<Size>>[],
): PoolWithIndices<Size, MaxPoolOptions<Size>> {
  const op = defineOp({
    name,
    takes: {
      x: singles,
      kernel: space.check,
      options: optional(
        options({
          stride: optional(space.check),
          padding: optional(space.check),
          dilation: optional(space.check),
          ceilMode: optional(aFlag),
          returnIndices: optional(aFlag),
        }),
      ),
    },
    parse: (x: Tensor, kernel: Size, options: MaxPoolOptions<Size> = {}, keep?: Keep) => ({
      inputs: [x] as const,
      attrs: { window: parseWindow(name, space, kernel, options), keep },
    }),
    shape: ({ inputs: [x], attrs: { window } }) => pooledShape(name, space, x, window),
    forward: (k, { inputs: [x], attrs: { window, keep }, shape }) => {
      const result = pool(k, x, shape, planesOf(space, x.shape, shape), window);
      keep?.(result.saved.alias(shape));
      return result;
    },
    backward: (k, { grad, inputs: [x], attrs: { window }, saved }) => [
      poolBackward(k, grad, saved, x.shape, planesOf(space, x.shape, grad.shape), window),
    ],
    samples,
  });
  return withIndices(op);
}

/**
 * Largest value of each window; padding never wins, the first of equals does, NaN beats every number.
 * Windows that would reach over the padded edge are dropped, as in PyTorch, unless `ceilMode` keeps them.
 * @param x [N, C, H, W] f32, or [C, H, W]
 * @returns [N, C, ⌊(H + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1, likewise]; with `returnIndices` an array of
 *   that and of where each value stood in its plane, i32
 * @throws ShapeError
 * @example
 * ```ts
 * ops.maxPool2d(gpu.tensor([1, 2, 3, 4], [1, 1, 2, 2]), 2); // → [[[[4]]]]
 * ```
 */
export const maxPool2d = defineMaxPool('maxPool2d', PLANE, () => [
  sample<MaxArgs<number | Pair>>('windows side by side', distinct([2, 3, 6, 8]), 2),
  sample<MaxArgs<number | Pair>>('halves of lines of whole vec4', distinct([2, 2, 4, 8]), 2),
  sample<MaxArgs<number | Pair>>('an incomplete last window', distinct([1, 2, 7, 5]), 2),
  sample<MaxArgs<number | Pair>>('overlapping padded windows', distinct([2, 2, 5, 6]), 3, {
    stride: 1,
    padding: 1,
  }),
  sample<MaxArgs<number | Pair>>('around pixels of whole vec4', distinct([2, 2, 6, 12]), 3, {
    stride: 1,
    padding: 1,
  }),
  sample<MaxArgs<number | Pair>>('around pixels of one vec4', distinct([1, 2, 1, 4]), 3, {
    stride: 1,
    padding: 1,
  }),
  sample<MaxArgs<number | Pair>>('different height and width', distinct([2, 1, 7, 5]), [3, 2], {
    stride: [2, 1],
    padding: [1, 0],
  }),
  sample<MaxArgs<number | Pair>>('gaps between windows', distinct([1, 2, 7, 9]), 2, { stride: 3 }),
  sample<MaxArgs<number | Pair>>('a last window over the edge', distinct([2, 2, 6, 7]), 3, {
    stride: 2,
    padding: 1,
    ceilMode: true,
  }),
  sample<MaxArgs<number | Pair>>('one image, windows with gaps in them', distinct([2, 7, 6]), [3, 2], {
    stride: 1,
    padding: 1,
    dilation: [2, 3],
  }),
]);
