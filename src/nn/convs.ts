import { conv1d } from '../ops/conv2d/conv1d';
import { aPadding, type Padding } from '../ops/conv2d/define';
import { convTranspose2d } from '../ops/conv2d/transpose';
import { type Pair, pair } from '../ops/pair';
import type { Gpu } from '../tensor/gpu';
import { aCount, aFlag, aNumber, aPair, checker, oneOf, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';
import { checkGroups } from './groups';
import * as init from './init';
import { Module } from './module';
import { PADDING_MODES, type PaddingMode, padded } from './padded';

const checkConv1d = checker('Conv1d', {
  gpu: aGpu,
  inChannels: aCount,
  outChannels: aCount,
  kernelSize: aCount,
  options: options({
    stride: optional(aNumber),
    padding: optional(aPadding),
    paddingMode: optional(oneOf(...PADDING_MODES)),
    dilation: optional(aNumber),
    groups: optional(aNumber),
    bias: optional(aFlag),
  }),
});
const checkConvTranspose2d = checker('ConvTranspose2d', {
  gpu: aGpu,
  inChannels: aCount,
  outChannels: aCount,
  kernelSize: aPair,
  options: options({
    stride: optional(aPair),
    padding: optional(aPair),
    outputPadding: optional(aPair),
    dilation: optional(aPair),
    groups: optional(aNumber),
    bias: optional(aFlag),
  }),
});

/** Options of `Conv1d`. */
export interface Conv1dLayerOptions {
  /** Elements between outputs; default 1. */
  readonly stride?: number;
  /** 'same' keeps the length where the stride is 1, 'valid' is none; default 0. */
  readonly padding?: Padding<number>;
  /** What the padding is made of; default 'zeros'. */
  readonly paddingMode?: PaddingMode;
  /** Elements between the taps of the kernel; default 1. */
  readonly dilation?: number;
  /** Channels fall into so many groups that do not see each other; default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * Convolution of series; x [N, in, L] → [N, out, L'].
 * @example
 * ```ts
 * const layer = new nn.Conv1d(gpu, 4, 16, 5, { padding: 'same' });
 * layer.forward(gpu.ones([2, 4, 100])).shape; // → [2, 16, 100]
 * ```
 */
export class Conv1d extends Module {
  /** [out, in / groups, kernel length] */
  readonly weight: Tensor;
  /** [out]; undefined without one. */
  readonly bias: Tensor | undefined;

  /** @throws ShapeError if the channels do not divide into the groups */
  constructor(
    gpu: Gpu,
    inChannels: number,
    outChannels: number,
    kernelSize: number,
    private readonly options: Conv1dLayerOptions = {},
  ) {
    super();
    checkConv1d([gpu, inChannels, outChannels, kernelSize, options]);
    const { groups = 1, bias = true } = options;
    checkGroups('Conv1d', inChannels, outChannels, groups);
    const shape = [outChannels, inChannels / groups, kernelSize];
    this.weight = init.weight(gpu, shape);
    this.bias = bias ? init.bias(gpu, shape) : undefined;
  }

  forward(x: Tensor): Tensor {
    const { stride, dilation, groups } = this.options;
    const { x: bordered, padding } = padded<number>('Conv1d', x, this.weight.shape.slice(2), this.options);
    return conv1d(bordered, this.weight, { bias: this.bias, stride, padding, dilation, groups });
  }
}

/** Options of `ConvTranspose2d`; two numbers are for height and width. */
export interface ConvTranspose2dLayerOptions {
  /** Distance between the places where the pixels of x put the kernel; default 1. */
  readonly stride?: number | Pair;
  /** Pixels cut from each side of the result; default 0. */
  readonly padding?: number | Pair;
  /** Rows and columns that are added at one side of the result; default 0. */
  readonly outputPadding?: number | Pair;
  /** Distance between the taps of the kernel; default 1. */
  readonly dilation?: number | Pair;
  /** Channels fall into so many groups that do not see each other; default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * The gradient of a convolution as a layer, which makes images larger; x [N, in, H, W] → [N, out, H', W'].
 * @example
 * ```ts
 * const layer = new nn.ConvTranspose2d(gpu, 16, 8, 2, { stride: 2 });
 * layer.forward(gpu.ones([4, 16, 7, 7])).shape; // → [4, 8, 14, 14]
 * ```
 */
export class ConvTranspose2d extends Module {
  /** [in, out / groups, kernel height, kernel width] */
  readonly weight: Tensor;
  /** [out]; undefined without one. */
  readonly bias: Tensor | undefined;

  /** @throws ShapeError if the channels do not divide into the groups */
  constructor(
    gpu: Gpu,
    inChannels: number,
    outChannels: number,
    kernelSize: number | Pair,
    private readonly options: ConvTranspose2dLayerOptions = {},
  ) {
    super();
    checkConvTranspose2d([gpu, inChannels, outChannels, kernelSize, options]);
    const { groups = 1, bias = true } = options;
    checkGroups('ConvTranspose2d', inChannels, outChannels, groups);
    const shape = [inChannels, outChannels / groups, ...pair('ConvTranspose2d', 'kernelSize', kernelSize, 1)];
    this.weight = init.weight(gpu, shape);
    // PyTorch takes the fan of the weight as it lies, [in, out / groups, ...].
    this.bias = bias
      ? init.uniform(gpu.empty([outChannels], { requiresGrad: true }), biasBound(shape))
      : undefined;
  }

  forward(x: Tensor): Tensor {
    const { stride, padding, outputPadding, dilation, groups } = this.options;
    const options = { stride, padding, outputPadding, dilation, groups };
    return convTranspose2d(x, this.weight, { ...options, bias: this.bias });
  }
}

const biasBound = (weight: readonly number[]): number => 1 / Math.sqrt(init.fans(weight).fanIn);
