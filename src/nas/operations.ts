import { AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, ReLU, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';

/** Passes nothing on: zeros of x's shape, without a gradient. */
export class Zero extends Module {
  forward(x: Tensor): Tensor {
    return x.gpu.zeros(x.shape);
  }
}

/** Passes x on as it is. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

/** How an operation of a cell is built: [N, C, H, W] → [N, C, H, W]; `affine` lets batch norm learn scale and shift. */
export type OperationFactory = (gpu: Gpu, channels: number, affine?: boolean) => Module;

/** ReLU, depthwise k × k, pointwise, batch norm; H and W are kept. */
function separable(gpu: Gpu, channels: number, kernel: number, dilation: number, affine: boolean): Module[] {
  const padding = (dilation * (kernel - 1)) / 2;
  return [
    new ReLU(),
    new Conv2d(gpu, channels, channels, kernel, { padding, dilation, groups: channels, bias: false }),
    new Conv2d(gpu, channels, channels, 1, { bias: false }),
    new BatchNorm2d(gpu, channels, { affine }),
  ];
}

const sepConv =
  (kernel: number): OperationFactory =>
  (gpu, channels, affine = false) =>
    new Sequential(
      ...separable(gpu, channels, kernel, 1, affine),
      ...separable(gpu, channels, kernel, 1, affine),
    );

const dilConv =
  (kernel: number): OperationFactory =>
  (gpu, channels, affine = false) =>
    new Sequential(...separable(gpu, channels, kernel, 2, affine));

/** The operations of a cell's edges, as in DARTS (Liu et al. 2019): stride 1, convolutions without bias. */
export const OPERATIONS = {
  none: () => new Zero(),
  avg_pool_3x3: () => new AvgPool2d(3, { stride: 1, padding: 1, countIncludePad: false }),
  max_pool_3x3: () => new MaxPool2d(3, { stride: 1, padding: 1 }),
  skip_connect: () => new Identity(),
  sep_conv_3x3: sepConv(3),
  sep_conv_5x5: sepConv(5),
  sep_conv_7x7: sepConv(7),
  dil_conv_3x3: dilConv(3),
  dil_conv_5x5: dilConv(5),
  conv_7x1_1x7: (gpu, channels, affine = false) =>
    new Sequential(
      new ReLU(),
      new Conv2d(gpu, channels, channels, [1, 7], { padding: [0, 3], bias: false }),
      new Conv2d(gpu, channels, channels, [7, 1], { padding: [3, 0], bias: false }),
      new BatchNorm2d(gpu, channels, { affine }),
    ),
} as const satisfies Record<string, OperationFactory>;

export type OperationName = keyof typeof OPERATIONS;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];
