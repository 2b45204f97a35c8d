import type { Kernel } from '../../../runtime/kernel';
import { knowSnippets } from '../../../runtime/wgsl/imports';
import source from '../../../shaders/adaptive_avg_pool.wgsl';
import adaptive from '../../../shaders/snippets/adaptive.wgsl';
import { singles } from '../../tensor/guard-tensor';
import type { Tensor } from '../../tensor/tensor';
import { defineOp, type Op } from '../define';
import { PLANE, planesOf, type Space } from '../images';
import type { Pair } from '../pair';
import { randn, type Sample, sample } from '../sample';
import { adaptiveShape, adaptiveWalk, anOutputSize, evenWindow, type OutputSize } from './adaptive';
import { average, averageBackward } from './avg';
import { imagesOf } from './window';

knowSnippets({ adaptive });

const adaptiveKernel: Kernel = { name: 'adaptiveAvgPool2d', source: source };

export type AdaptiveAvgArgs<Size> = readonly [x: Tensor, size: OutputSize<Size>];

export function defineAdaptiveAvgPool<Size>(
  name: string,
  space: Space<Size>,
  samples: () => readonly Sample<AdaptiveAvgArgs<Size>>[],
): Op<AdaptiveAvgArgs<Size>> {
  return defineOp({
    name,
    takes: { x: singles, size: anOutputSize(space) },
    parse: (...[x, size]: AdaptiveAvgArgs<Size>) => ({ inputs: [x] as const, attrs: { size } }),
    shape: ({ inputs: [x], attrs: { size } }) =>
      adaptiveShape(name, space, x.shape, imagesOf(name, space, x), size),
    forward: (k, { inputs: [x], shape }) => {
      const planes = planesOf(space, x.shape, shape);
      const window = evenWindow(planes.x, planes.y);
      if (window) return average(k, x, shape, { ...planes, window });
      const y = k.empty(shape);
      k.run(adaptiveKernel, { outputs: [y], inputs: [x], ...adaptiveWalk(planes.x, planes.y) });
      return y;
    },
    backward: (k, { grad, inputs: [x] }) => {
      const planes = planesOf(space, x.shape, grad.shape);
      const window = evenWindow(planes.x, planes.y);
      if (window) return [averageBackward(k, grad, x.shape, { ...planes, window })];
      const dx = k.empty(x.shape);
      const launch = adaptiveWalk(planes.y, planes.x);
      k.run(adaptiveKernel, { outputs: [dx], inputs: [grad], ...launch, constants: { BACKWARD: 1 } });
      return [dx];
    },
    samples,
  });
}

/**
 * Mean of each of `size` windows that cover the image evenly, as PyTorch's F.adaptive_avg_pool2d.
 * @example
 * ```ts
 * ops.adaptiveAvgPool2d(gpu.tensor([[[[1, 2], [3, 4]]]]), [1, null]); // → [[[[2, 3]]]]
 * ```
 * @param x [N, C, H, W] f32, or [C, H, W]
 * @param size of the result: a number, or [height, width]; null stands for that of x
 * @returns [N, C, ...size]
 * @throws ShapeError
 */
export const adaptiveAvgPool2d = defineAdaptiveAvgPool('adaptiveAvgPool2d', PLANE, () => [
  sample<AdaptiveAvgArgs<number | Pair>>('windows that overlap', randn([2, 2, 5, 7]), [3, 4]),
  sample<AdaptiveAvgArgs<number | Pair>>('more results than pixels, one axis kept', randn([2, 3, 4]), [
    5,
    null,
  ]),
  sample<AdaptiveAvgArgs<number | Pair>>('windows side by side', randn([1, 2, 4, 6]), 2),
]);
