import { clamp, relu } from '../ops/activation';
import { type BatchNormOptions, batchNorm2d } from '../ops/batch-norm';
import { conv2d } from '../ops/conv2d/conv2d';
import { aPadding, type Padding } from '../ops/conv2d/define';
import type { Activated } from '../ops/define';
import { dropout } from '../ops/dropout';
import { linear } from '../ops/matmul/linear';
import { type Pair, pair } from '../ops/pair';
import { type AvgPoolOptions, avgPool2d, globalAvgPool2d } from '../ops/pool/avg';
import { maxPool2d } from '../ops/pool/max';
import { flatten } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import {
  aCount,
  aFlag,
  aNumber,
  anObject,
  aPair,
  checkArgument,
  checker,
  kind,
  listOf,
  optional,
  options,
} from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { Draws } from './draws';
import * as init from './init';
import { aModule, Module } from './module';

const modules = listOf('modules', aModule);

const checkLinear = checker('Linear', {
  gpu: aGpu,
  inFeatures: aCount,
  outFeatures: aCount,
  options: options({ bias: optional(aFlag) }),
});
const aNumberOrNull = kind('a number or null', (value) => value === null || typeof value === 'number');
const checkConv2d = checker('Conv2d', {
  gpu: aGpu,
  inChannels: aCount,
  outChannels: aCount,
  kernelSize: aPair,
  options: options({
    stride: optional(aPair),
    padding: optional(aPadding),
    dilation: optional(aPair),
    groups: optional(aNumber),
    bias: optional(aFlag),
  }),
});
const checkBatchNorm = checker('BatchNorm2d', {
  gpu: aGpu,
  channels: aCount,
  options: options({
    eps: optional(aNumber),
    momentum: optional(aNumberOrNull),
    affine: optional(aFlag),
    trackRunningStats: optional(aFlag),
  }),
});
const poolOptions = { stride: optional(aPair), padding: optional(aPair), ceilMode: optional(aFlag) };
const checkMaxPool = checker('MaxPool2d', {
  kernelSize: aPair,
  options: options({ ...poolOptions, dilation: optional(aPair) }),
});
const checkAvgPool = checker('AvgPool2d', {
  kernelSize: aPair,
  options: options({
    ...poolOptions,
    countIncludePad: optional(aFlag),
    divisorOverride: optional(aNumber),
  }),
});
const checkDropout = checker('Dropout', { p: aNumber, seed: aNumber });

export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/** y = x · weightᵀ + bias; x [N, in] → [N, out]. */
export class Linear extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;

  constructor(gpu: Gpu, inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkLinear([gpu, inFeatures, outFeatures, options]);
    const { bias = true } = options;
    const shape = [outFeatures, inFeatures];
    this.weight = init.weight(gpu, shape);
    this.bias = bias ? init.bias(gpu, shape) : undefined;
  }

  forward(x: Tensor, options?: Activated): Tensor {
    return linear(x, this.weight, this.bias, options);
  }
}

export interface Conv2dLayerOptions {
  readonly stride?: number | Pair;
  /** 'same' keeps the size where the stride is 1, 'valid' is none; default 0. */
  readonly padding?: Padding<number | Pair>;
  readonly dilation?: number | Pair;
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/** Convolution; x [N, in, H, W] → [N, out, H', W']. */
export class Conv2d extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor | undefined;

  /** @throws ShapeError if the channels do not divide into the groups */
  constructor(
    gpu: Gpu,
    inChannels: number,
    outChannels: number,
    kernelSize: number | Pair,
    private readonly options: Conv2dLayerOptions = {},
  ) {
    super();
    checkConv2d([gpu, inChannels, outChannels, kernelSize, options]);
    const { groups = 1, bias = true } = options;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ShapeError(
        `Conv2d: ${inChannels} input and ${outChannels} output channels do not divide into ${groups} groups`,
      );
    }
    const shape = [outChannels, inChannels / groups, ...pair('Conv2d', 'kernelSize', kernelSize, 1)];
    this.weight = init.weight(gpu, shape);
    this.bias = bias ? init.bias(gpu, shape) : undefined;
  }

  forward(x: Tensor, options?: Activated): Tensor {
    const { stride, padding, dilation, groups } = this.options;
    return conv2d(x, this.weight, { ...options, bias: this.bias, stride, padding, dilation, groups });
  }
}

export interface BatchNorm2dLayerOptions {
  readonly eps?: number;
  /** How much of a batch goes into the running statistics; default 0.1. null: they are the mean of all batches. */
  readonly momentum?: number | null;
  /** Whether there are running statistics; default true. Without, evaluation uses the batch's own, too. */
  readonly trackRunningStats?: boolean;
  /** Whether scale and shift are learnt; default true. */
  readonly affine?: boolean;
}

/**
 * Normalises each channel; x [N, C, H, W]. Running statistics are buffers `running_mean` and `running_var`, and the count
 * `num_batches_tracked` where momentum is null.
 */
export class BatchNorm2d extends Module {
  readonly weight: Tensor | undefined;
  readonly bias: Tensor | undefined;
  /** Like `running_var` not there with `trackRunningStats: false`. */
  declare readonly running_mean: Tensor;
  declare readonly running_var: Tensor;
  /** There where momentum is null. */
  declare readonly num_batches_tracked?: Tensor;

  constructor(
    gpu: Gpu,
    channels: number,
    private readonly options: BatchNorm2dLayerOptions = {},
  ) {
    super();
    checkBatchNorm([gpu, channels, options]);
    const { affine = true, trackRunningStats: tracks = true, momentum } = options;
    this.weight = affine ? gpu.ones([channels], { requiresGrad: true }) : undefined;
    this.bias = affine ? gpu.zeros([channels], { requiresGrad: true }) : undefined;
    if (!tracks) return;
    this.running_mean = gpu.zeros([channels]);
    this.running_var = gpu.ones([channels]);
    if (momentum === null) this.num_batches_tracked = gpu.zeros([]);
  }

  forward(x: Tensor): Tensor {
    return batchNorm2d(x, this.settings());
  }

  /** What the op is told: parameters, statistics, mode. */
  protected settings(): BatchNormOptions {
    const { eps, momentum } = this.options;
    return {
      weight: this.weight,
      bias: this.bias,
      runningMean: this.running_mean,
      runningVar: this.running_var,
      numBatchesTracked: this.num_batches_tracked,
      training: this.training || !this.running_mean,
      eps,
      momentum,
    };
  }
}

/** max(x, 0). */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** min(max(x, 0), 6). */
export class ReLU6 extends Module {
  forward(x: Tensor): Tensor {
    // clamp alone would let the gradient through at 0, where a dead channel sits.
    return clamp(relu(x), 0, 6);
  }
}

/** Merges all axes but the batch. */
export class Flatten extends Module {
  forward(x: Tensor): Tensor {
    return flatten(x, 1);
  }
}

export interface PoolLayerOptions {
  /** Default: the kernel size. */
  readonly stride?: number | Pair;
  readonly padding?: number | Pair;
  /** Whether windows may reach over the padded edge; default false. */
  readonly ceilMode?: boolean;
}

/** Largest value of each window. */
export class MaxPool2d extends Module {
  constructor(
    private readonly kernelSize: number | Pair,
    private readonly options: PoolLayerOptions & { readonly dilation?: number | Pair } = {},
  ) {
    super();
    checkMaxPool([kernelSize, options]);
  }

  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }
}

/** Mean of each window. */
export class AvgPool2d extends Module {
  constructor(
    private readonly kernelSize: number | Pair,
    private readonly options: AvgPoolOptions = {},
  ) {
    super();
    checkAvgPool([kernelSize, options]);
  }

  forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }
}

/** Mean over each channel's plane; [N, C, H, W] → [N, C, 1, 1]. */
export class GlobalAvgPool2d extends Module {
  forward(x: Tensor): Tensor {
    return globalAvgPool2d(x);
  }
}

/**
 * Zeroes a share p of the elements in training. The mask follows from the seed and a count of calls. After `seek`, which
 * `fit` calls, it follows from the seed, the layer's place in the network and the step.
 */
export class Dropout extends Module {
  private readonly draws: Draws;

  constructor(
    private readonly p = 0.5,
    seed = 0,
  ) {
    super();
    checkDropout([p, seed]);
    this.draws = new Draws(seed);
  }

  override seek(step: number, random: { layers: number }): void {
    this.draws.seek(step, random);
  }

  forward(x: Tensor): Tensor {
    const { p, training, draws } = this;
    return dropout(x, { p, training, ...(training ? draws.next(x.gpu) : { seed: draws.seed }) });
  }
}

/**
 * Modules one after another, named by their position, or as given to `named`. A ReLU after a convolution or a linear layer
 * is applied by its kernel.
 */
export class Sequential extends Module {
  private layers: readonly [string, Module][];

  constructor(...layers: Module[]) {
    super();
    checkArgument('Sequential', 'layers', layers, modules);
    this.layers = Object.entries(layers);
  }

  /** Modules in the order of the object's keys, as PyTorch's Sequential of an OrderedDict. Whole numbers would come first. */
  static named(layers: Readonly<Record<string, Module>>): Sequential {
    checkArgument('Sequential.named', 'layers', layers, anObject);
    for (const [name, layer] of Object.entries(layers)) aModule({ op: 'Sequential.named' }, name, layer);
    const made = new Sequential();
    made.layers = Object.entries(layers);
    return made;
  }

  protected override children(): [string, Module][] {
    return [...this.layers];
  }

  forward(x: Tensor): Tensor {
    let value = x;
    for (let i = 0; i < this.layers.length; i++) {
      const [layer, next] = [this.layers[i][1], this.layers[i + 1]?.[1]];
      if (next?.constructor === ReLU && (layer instanceof Conv2d || layer instanceof Linear)) {
        value = layer.forward(value, { activation: 'relu' });
        i += 1;
      } else {
        value = layer.forward(value);
      }
    }
    return value;
  }
}
