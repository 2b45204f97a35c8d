import { AvgPool2d, MaxPool2d } from '../../nn/layers';
import type { Operation } from './operation';

/** The mean of 3 × 3 pixels; the padding is not counted. */
export const avgPool3x3 = {
  name: 'avg_pool_3x3',
  effect: 'fixed',
  build: (_gpu, _channels, _affine = false, stride = 1) =>
    new AvgPool2d(3, { stride, padding: 1, countIncludePad: false }),
} as const satisfies Operation;

/** The largest of 3 × 3 pixels. */
export const maxPool3x3 = {
  name: 'max_pool_3x3',
  effect: 'fixed',
  build: (_gpu, _channels, _affine = false, stride = 1) => new MaxPool2d(3, { stride, padding: 1 }),
} as const satisfies Operation;
