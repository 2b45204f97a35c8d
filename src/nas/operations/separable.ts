import { BatchNorm2d, Conv2d, ReLU, Sequential } from '../../nn/layers';
import type { Module } from '../../nn/module';
import type { Gpu } from '../../tensor/gpu';
import { operation, type Stride } from './operation';

interface Separable {
  readonly kernel: number;
  readonly dilation?: number;
  readonly affine: boolean;
  readonly stride: Stride;
}

/** ReLU, depthwise k × k, pointwise, batch norm. */
function separable(
  gpu: Gpu,
  channels: number,
  { kernel, dilation = 1, affine, stride }: Separable,
): Module[] {
  const padding = (dilation * (kernel - 1)) / 2;
  return [
    new ReLU(),
    new Conv2d(gpu, channels, channels, kernel, { stride, padding, dilation, groups: channels, bias: false }),
    new Conv2d(gpu, channels, channels, 1, { bias: false }),
    new BatchNorm2d(gpu, channels, { affine }),
  ];
}

/** Two separable convolutions, one after the other. */
const sepConv = <Name extends string>(name: Name, kernel: number, cost: number) =>
  operation({
    name,
    effect: 'learned',
    cost,
    build: (gpu, channels, affine, stride) =>
      new Sequential(
        ...separable(gpu, channels, { kernel, affine, stride }),
        ...separable(gpu, channels, { kernel, affine, stride: 1 }),
      ),
  });

/** One separable convolution with a pixel left out between any two of its kernel. */
const dilConv = <Name extends string>(name: Name, kernel: number, cost: number) =>
  operation({
    name,
    effect: 'learned',
    cost,
    build: (gpu, channels, affine, stride) =>
      new Sequential(...separable(gpu, channels, { kernel, dilation: 2, affine, stride })),
  });

export const sepConv3x3 = sepConv('sep_conv_3x3', 3, 1.9);
export const sepConv5x5 = sepConv('sep_conv_5x5', 5, 2.15);
export const sepConv7x7 = sepConv('sep_conv_7x7', 7, 2.3);
export const dilConv3x3 = dilConv('dil_conv_3x3', 3, 0.9);
export const dilConv5x5 = dilConv('dil_conv_5x5', 5, 1.1);
