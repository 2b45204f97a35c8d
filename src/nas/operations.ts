import { AvgPool2d, BatchNorm2d, Conv2d, MaxPool2d, ReLU, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { FactorizedReduction } from './reduction';

/** 2 halves height and width, rounded up. */
export type Stride = 1 | 2;

/** Zeros of an image's shape, or of its shape halved, without a gradient. */
export function zerosLike({ gpu, shape: [n, channels, height, width] }: Tensor, stride: Stride): Tensor {
  return gpu.zeros([n, channels, Math.ceil(height / stride), Math.ceil(width / stride)]);
}

/** Passes nothing on: zeros without a gradient. */
export class Zero extends Module {
  constructor(private readonly stride: Stride = 1) {
    super();
  }

  forward(x: Tensor): Tensor {
    return zerosLike(x, this.stride);
  }
}

/** Passes x on as it is. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

/**
 * How an operation of a cell is built: [N, C, H, W] → [N, C, ⌈H / stride⌉, ⌈W / stride⌉]; `affine` lets batch norm learn
 * scale and shift.
 */
export type OperationFactory = (gpu: Gpu, channels: number, affine?: boolean, stride?: Stride) => Module;

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

const sepConv =
  (kernel: number): OperationFactory =>
  (gpu, channels, affine = false, stride = 1) =>
    new Sequential(
      ...separable(gpu, channels, { kernel, affine, stride }),
      ...separable(gpu, channels, { kernel, affine, stride: 1 }),
    );

const dilConv =
  (kernel: number): OperationFactory =>
  (gpu, channels, affine = false, stride = 1) =>
    new Sequential(...separable(gpu, channels, { kernel, dilation: 2, affine, stride }));

/** The operations of a cell's edges, as in DARTS (Liu et al. 2019): convolutions without bias, stride 1 or 2. */
export const OPERATIONS = {
  none: (_gpu, _channels, _affine = false, stride = 1) => new Zero(stride),
  avg_pool_3x3: (_gpu, _channels, _affine = false, stride = 1) =>
    new AvgPool2d(3, { stride, padding: 1, countIncludePad: false }),
  max_pool_3x3: (_gpu, _channels, _affine = false, stride = 1) => new MaxPool2d(3, { stride, padding: 1 }),
  skip_connect: (gpu, channels, affine = false, stride = 1) =>
    stride === 1 ? new Identity() : new FactorizedReduction(gpu, channels, affine),
  sep_conv_3x3: sepConv(3),
  sep_conv_5x5: sepConv(5),
  sep_conv_7x7: sepConv(7),
  dil_conv_3x3: dilConv(3),
  dil_conv_5x5: dilConv(5),
  conv_7x1_1x7: (gpu, channels, affine = false, stride = 1) =>
    new Sequential(
      new ReLU(),
      new Conv2d(gpu, channels, channels, [1, 7], { stride: [1, stride], padding: [0, 3], bias: false }),
      new Conv2d(gpu, channels, channels, [7, 1], { stride: [stride, 1], padding: [3, 0], bias: false }),
      new BatchNorm2d(gpu, channels, { affine }),
    ),
} as const satisfies Record<string, OperationFactory>;

export type OperationName = keyof typeof OPERATIONS;

export const OPERATION_NAMES = Object.keys(OPERATIONS) as OperationName[];
