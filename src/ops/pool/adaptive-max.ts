import type { Kernel } from '../../../runtime/kernel';
import { knowSnippets } from '../../../runtime/wgsl/imports';
import source from '../../../shaders/adaptive_max_pool.wgsl';
import backwardSource from '../../../shaders/adaptive_max_pool_backward.wgsl';
import adaptive from '../../../shaders/snippets/adaptive.wgsl';
import { aFlag, optional, options } from '../../tensor/guard';
import { singles } from '../../tensor/guard-tensor';
import type { Tensor } from '../../tensor/tensor';
import { defineOp } from '../define';
import { PLANE, planesOf, type Space } from '../images';
import type { Pair } from '../pair';
import { distinct, type Sample, sample } from '../sample';
import { adaptiveShape, adaptiveWalk, anOutputSize, evenWindow, type OutputSize } from './adaptive';
import { type IndexOptions, type Keep, type PoolWithIndices, withIndices } from './indices';
import { pool, poolBackward } from './max';
import { imagesOf } from './window';

knowSnippets({ adaptive });

const adaptiveKernel: Kernel = { name: 'adaptiveMaxPool2d.forward', source: source };
const adaptiveBackwardKernel: Kernel = { name: 'adaptiveMaxPool2d.backward', source: backwardSource };

/** Options of adaptive max pools. */
export type AdaptiveMaxPoolOptions = IndexOptions;
export type AdaptiveMaxArgs<Size> = readonly [
  x: Tensor,
  size: OutputSize<Size>,
  options?: AdaptiveMaxPoolOptions,
];

export function defineAdaptiveMaxPool<Size>(
  name: string,
  space: Space<Size>,
  samples: () => readonly Sample<AdaptiveMaxArgs<Size>>[],
): PoolWithIndices<OutputSize<Size>, AdaptiveMaxPoolOptions> {
  const op = defineOp({
    name,
    takes: {
      x: singles,
      size: anOutputSize(space),
      options: optional(options({ returnIndices: optional(aFlag) })),
    },
    parse: (x: Tensor, size: OutputSize<Size>, _: AdaptiveMaxPoolOptions = {}, keep?: Keep) => ({
      inputs: [x] as const,
      attrs: { size, keep },
    }),
    shape: ({ inputs: [x], attrs: { size } }) =>
      adaptiveShape(name, space, x.shape, imagesOf(name, space, x), size),
    forward: (k, { inputs: [x], attrs: { keep }, shape }) => {
      const planes = planesOf(space, x.shape, shape);
      const window = evenWindow(planes.x, planes.y);
      const output = () => {
        if (window) return pool(k, x, shape, planes, window);
        const [y, whereFrom] = [k.empty(shape), k.empty(shape, 'i32')];
        const launch = adaptiveWalk(planes.x, planes.y);
        k.run(adaptiveKernel, { outputs: [y, whereFrom], inputs: [x], ...launch });
        return { output: y, saved: whereFrom };
      };
      const result = output();
      keep?.(result.saved.alias(shape));
      return result;
    },
    backward: (k, { grad, inputs: [x], saved }) => {
      const planes = planesOf(space, x.shape, grad.shape);
      const window = evenWindow(planes.x, planes.y);
      if (window) return [poolBackward(k, grad, saved, x.shape, planes, window)];
      const dx = k.empty(x.shape);
      const launch = adaptiveWalk(planes.y, planes.x);
      k.run(adaptiveBackwardKernel, { outputs: [dx], inputs: [grad, saved], ...launch });
      return [dx];
    },
    samples,
  });
  return withIndices(op);
}

/**
 * Largest value of each of `size` windows that cover the image evenly, as PyTorch's F.adaptive_max_pool2d.
 * @example
 * ```ts
 * ops.adaptiveMaxPool2d(gpu.tensor([[[[1, 2], [3, 4]]]]), 1); // → [[[[4]]]]
 * ```
 * @param x [N, C, H, W] f32, or [C, H, W]
 * @param size of the result: a number, or [height, width]; null stands for that of x
 * @returns [N, C, ...size]; with `returnIndices` an array of that and of where each value stood in its plane, i32
 * @throws ShapeError
 */
export const adaptiveMaxPool2d = defineAdaptiveMaxPool('adaptiveMaxPool2d', PLANE, () => [
  sample<AdaptiveMaxArgs<number | Pair>>('windows that overlap', distinct([2, 2, 5, 7]), [3, 4]),
  sample<AdaptiveMaxArgs<number | Pair>>('more results than pixels, one axis kept', distinct([2, 3, 4]), [
    5,
    null,
  ]),
  sample<AdaptiveMaxArgs<number | Pair>>('windows side by side', distinct([1, 2, 4, 6]), 2),
]);
