import { AvgPool2d, MaxPool2d } from '../../nn/pools';
import { operation } from './operation';

/** The mean of 3 × 3 pixels; the padding is not counted. */
export const avgPool3x3 = operation({
  name: 'avg_pool_3x3',
  effect: 'fixed',
  cost: 0.1,
  build: (_gpu, _channels, _affine, stride) =>
    new AvgPool2d(3, { stride, padding: 1, countIncludePad: false }),
});

/** The largest of 3 × 3 pixels. */
export const maxPool3x3 = operation({
  name: 'max_pool_3x3',
  effect: 'fixed',
  cost: 0.15,
  build: (_gpu, _channels, _affine, stride) => new MaxPool2d(3, { stride, padding: 1 }),
});
