import { BatchNorm2d, Conv2d, ReLU, Sequential } from '../../nn/layers';
import { operation } from './operation';

/**
 * ReLU, a k × k convolution of all channels, batch norm. The costs are estimates, between those of the separable ones:
 * `npm run costs` measures the operations of the standard space.
 */
const norConv = <Name extends string>(name: Name, kernel: number, cost: number) =>
  operation({
    name,
    effect: 'learned',
    cost,
    build: (gpu, channels, affine, stride) =>
      new Sequential(
        new ReLU(),
        new Conv2d(gpu, channels, channels, kernel, { stride, padding: (kernel - 1) / 2, bias: false }),
        new BatchNorm2d(gpu, channels, { affine }),
      ),
  });

export const norConv1x1 = norConv('nor_conv_1x1', 1, 0.4);
export const norConv3x3 = norConv('nor_conv_3x3', 3, 0.7);
