import { BatchNorm2d, Conv2d, ReLU, Sequential } from '../../nn/layers';
import { operation } from './operation';

/** ReLU, a row of seven pixels, a column of seven, batch norm. */
export const conv7x1x1x7 = operation({
  name: 'conv_7x1_1x7',
  effect: 'learned',
  cost: 1.4,
  build: (gpu, channels, affine, stride) =>
    new Sequential(
      new ReLU(),
      new Conv2d(gpu, channels, channels, [1, 7], { stride: [1, stride], padding: [0, 3], bias: false }),
      new Conv2d(gpu, channels, channels, [7, 1], { stride: [stride, 1], padding: [3, 0], bias: false }),
      new BatchNorm2d(gpu, channels, { affine }),
    ),
});
