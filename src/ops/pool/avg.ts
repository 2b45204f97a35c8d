import type { Kernel } from '../../../runtime/kernel';
import { knowSnippets } from '../../../runtime/wgsl/imports';
import avgSource from '../../../shaders/avg_pool.wgsl';
import avgBackwardSource from '../../../shaders/avg_pool_backward.wgsl';
import avgSlidingSource from '../../../shaders/avg_pool_sliding.wgsl';
import strip from '../../../shaders/snippets/strip.wgsl';
import { ArgumentError, aFlag, aNumber, optional, options } from '../../tensor/guard';
import { singles } from '../../tensor/guard-tensor';
import type { Kernels } from '../../tensor/kernels';
import type { Shape } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { defineOp, type Op } from '../define';
import { PLANE, type Planes, planesOf, type Space } from '../images';
import type { Pair } from '../pair';
import { randn, type Sample, sample } from '../sample';
import { imagesOf, type PoolOptions, parseWindow, pooledShape, sliding, type Window, walk } from './window';

knowSnippets({ strip });

const avgKernel: Kernel = { name: 'avgPool2d.forward', source: avgSource };
const avgBackwardKernel: Kernel = { name: 'avgPool2d.backward', source: avgBackwardSource };
const avgSlidingKernel: Kernel = { name: 'avgPool2d.sliding', source: avgSlidingSource };

export interface AvgPoolOptions<Size = number | Pair> extends PoolOptions<Size> {
  /** Whether the mean's divisor counts padding; default true. */
  readonly countIncludePad?: boolean;
  /** What sums are divided by in place of the number of values, a whole number other than 0. */
  readonly divisorOverride?: number;
}

/** Values of a window from which on a running sum adds them up. */
const LONG_WINDOW = 512;
const isLong = ({ kernel }: Window): number => Number(kernel[0] * kernel[1] > LONG_WINDOW);

export type AvgArgs<Size> = readonly [x: Tensor, kernel: Size, options?: AvgPoolOptions<Size>];

/** A divisor as the kernels' constants have it. @throws ArgumentError */
function divisorOf(op: string, divisor: number | undefined): { DIVISOR: number } | undefined {
  if (divisor === undefined) return undefined;
  if (Number.isInteger(divisor) && divisor !== 0 && Math.abs(divisor) < 2 ** 31) return { DIVISOR: divisor };
  throw new ArgumentError(op, 'divisorOverride', `${divisor}`, 'a whole number other than 0');
}

/** Images x and y, whatever shape their tensors have, and how they are averaged. */
export interface Average extends Planes {
  readonly window: Window;
  readonly constants?: Readonly<Record<string, number>>;
  /** Whether sums are divided by what the kernel of neighbours counts. */
  readonly isMean?: boolean;
}

export function average(k: Kernels, x: Tensor, shape: Shape, { isMean = true, ...average }: Average): Tensor {
  const { window, constants } = average;
  const y = k.empty(shape);
  const operands = { outputs: [y], inputs: [x] };
  const slides = isMean ? sliding(average.x, window) : undefined;
  if (slides) k.run(avgSlidingKernel, { ...operands, ...slides, constants });
  else {
    const launch = walk(average.y, average.x, average.y, window);
    k.run(avgKernel, { ...operands, ...launch, constants: { ...constants, LONG: isLong(window) } });
  }
  return y;
}

export function averageBackward(
  k: Kernels,
  grad: Tensor,
  shape: Shape,
  { isMean = true, ...average }: Average,
): Tensor {
  const { window, constants } = average;
  const dx = k.empty(shape);
  const operands = { outputs: [dx], inputs: [grad] };
  const slides = isMean ? sliding(average.x, window) : undefined;
  if (slides) k.run(avgSlidingKernel, { ...operands, ...slides, constants: { ...constants, BACKWARD: 1 } });
  else {
    const launch = walk(average.x, average.x, average.y, window);
    k.run(avgBackwardKernel, { ...operands, ...launch, constants: { ...constants, LONG: isLong(window) } });
  }
  return dx;
}

export function defineAvgPool<Size>(
  name: string,
  space: Space<Size>,
  samples: () => readonly Sample<AvgArgs<Size>>[],
): Op<AvgArgs<Size>> {
  const parse = (...[x, kernel, options = {}]: AvgArgs<Size>) => {
    const { countIncludePad = true, divisorOverride, ceilMode } = options;
    const divisor = divisorOf(name, divisorOverride);
    const constants = {
      COUNT_PADDING: countIncludePad ? 1 : 0,
      ...(ceilMode && { CEIL: 1 }),
      ...divisor,
    };
    const window = parseWindow(name, space, kernel, options);
    return { inputs: [x] as const, attrs: { window, constants, isMean: !divisor && !ceilMode } };
  };
  const averageOf = (x: Shape, y: Shape, attrs: ReturnType<typeof parse>['attrs']): Average => ({
    ...attrs,
    ...planesOf(space, x, y),
  });
  return defineOp({
    name,
    takes: {
      x: singles,
      kernel: space.check,
      options: optional(
        options({
          stride: optional(space.check),
          padding: optional(space.check),
          ceilMode: optional(aFlag),
          countIncludePad: optional(aFlag),
          divisorOverride: optional(aNumber),
        }),
      ),
    },
    parse,
    shape: ({ inputs: [x], attrs: { window } }) => pooledShape(name, space, x, window),
    forward: (k, { inputs: [x], attrs, shape }) => average(k, x, shape, averageOf(x.shape, shape, attrs)),
    backward: (k, { grad, inputs: [x], attrs }) => [
      averageBackward(k, grad, x.shape, averageOf(x.shape, grad.shape, attrs)),
    ],
    samples,
  });
}

/**
 * Mean of each window. Windows that would reach over the padded edge are dropped, as in PyTorch, unless `ceilMode` keeps
 * them; then the divisor counts no more than the padding that there is.
 * @param x [N, C, H, W] f32, or [C, H, W]
 * @returns [N, C, ⌊(H + 2·padding − kernel) / stride⌋ + 1, likewise]
 * @throws ShapeError; ArgumentError on a divisor of 0
 * @example
 * ```ts
 * ops.avgPool2d(gpu.tensor([1, 2, 3, 4], [1, 1, 2, 2]), 2); // → [[[[2.5]]]]
 * ```
 */
export const avgPool2d = defineAvgPool('avgPool2d', PLANE, () => [
  sample<AvgArgs<number | Pair>>('windows side by side', randn([2, 3, 6, 8]), 2),
  sample<AvgArgs<number | Pair>>('an incomplete last window', randn([1, 2, 7, 5]), [2, 2]),
  sample<AvgArgs<number | Pair>>('overlapping padded windows', randn([2, 2, 5, 6]), 3, {
    stride: 1,
    padding: 1,
  }),
  sample<AvgArgs<number | Pair>>('padding not counted', randn([2, 2, 5, 6]), 3, {
    stride: 1,
    padding: 1,
    countIncludePad: false,
  }),
  sample<AvgArgs<number | Pair>>('around pixels of whole vec4', randn([2, 2, 6, 12]), 3, {
    stride: 1,
    padding: 1,
  }),
  sample<AvgArgs<number | Pair>>(
    'around pixels of whole vec4, padding not counted',
    randn([2, 2, 6, 12]),
    3,
    {
      stride: 1,
      padding: 1,
      countIncludePad: false,
    },
  ),
  sample<AvgArgs<number | Pair>>('around pixels of one vec4, padding not counted', randn([1, 2, 1, 4]), 3, {
    stride: 1,
    padding: 1,
    countIncludePad: false,
  }),
  sample<AvgArgs<number | Pair>>(
    'different height and width, padding not counted',
    randn([2, 1, 7, 5]),
    [3, 4],
    { stride: [2, 1], padding: [1, 2], countIncludePad: false },
  ),
  sample<AvgArgs<number | Pair>>('gaps between windows', randn([1, 2, 7, 9]), 2, { stride: 3 }),
  sample<AvgArgs<number | Pair>>('a last window over the edge', randn([2, 6, 7]), [4, 3], {
    stride: [3, 2],
    padding: [2, 1],
    ceilMode: true,
  }),
  sample<AvgArgs<number | Pair>>('a divisor', randn([1, 2, 4, 4]), 3, {
    stride: 1,
    padding: 1,
    divisorOverride: 2,
  }),
]);

type GlobalArgs = readonly [x: Tensor];

/**
 * Mean over height and width: [N, C, H, W] f32 to [N, C, 1, 1], [C, H, W] to [C, 1, 1].
 * @throws ShapeError
 * @example
 * ```ts
 * ops.globalAvgPool2d(gpu.tensor([1, 2, 3, 4], [1, 1, 2, 2])); // → [[[[2.5]]]]
 * ```
 */
export const globalAvgPool2d = defineOp({
  name: 'globalAvgPool2d',
  takes: { x: singles },
  parse: (...[x]: GlobalArgs) => ({ inputs: [x] as const, attrs: {} }),
  shape: ({ inputs: [x] }) => {
    imagesOf('globalAvgPool2d', PLANE, x);
    return [...x.shape.slice(0, -2), 1, 1];
  },
  forward: (k, { inputs: [x] }) => {
    const [height, width] = x.shape.slice(-2);
    const rank = x.shape.length;
    return k.reduce('sum', x, [rank - 2, rank - 1], true, 1 / (height * width));
  },
  backward: (k, { grad: g, inputs: [{ shape }] }) => {
    const [height, width] = shape.slice(-2);
    return [k.elementwise('g * scale', { g }, { shape, scalars: { scale: 1 / (height * width) } })];
  },
  samples: () => [
    sample<GlobalArgs>('images of odd size', randn([2, 3, 5, 7])),
    sample<GlobalArgs>('one line', randn([1, 4, 1, 6])),
    sample<GlobalArgs>('one pixel', randn([3, 2, 1, 1])),
  ],
});
