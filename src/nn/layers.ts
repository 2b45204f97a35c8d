import { clamp, relu } from '../ops/activation';
import { type BatchNormOptions, batchNorm2d } from '../ops/batch-norm';
import { conv2d } from '../ops/conv2d/conv2d';
import { aPadding, type Padding } from '../ops/conv2d/define';
import type { Activated } from '../ops/define';
import { dropout } from '../ops/dropout';
import { linear } from '../ops/matmul/linear';
import { type Pair, pair } from '../ops/pair';
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
  oneOf,
  optional,
  options,
} from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';
import { Draws } from './draws';
import { checkGroups } from './groups';
import * as init from './init';
import { aModule, Module } from './module';
import { PADDING_MODES, type PaddingMode, padded } from './padded';

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
    paddingMode: optional(oneOf(...PADDING_MODES)),
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
const checkDropout = checker('Dropout', { p: aNumber, seed: aNumber });

/** Options of `Linear`. */
export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * y = x · weightᵀ + bias; x [N, in] → [N, out].
 * @example
 * ```ts
 * const layer = new nn.Linear(gpu, 3, 2);
 * layer.forward(gpu.ones([5, 3])).shape; // → [5, 2]
 * layer.weight.shape; // → [2, 3]
 * ```
 */
export class Linear extends Module {
  /** [out, in] */
  readonly weight: Tensor;
  /** [out]; undefined without one. */
  readonly bias: Tensor | undefined;

  constructor(gpu: Gpu, inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkLinear([gpu, inFeatures, outFeatures, options]);
    const { bias = true } = options;
    const shape = [outFeatures, inFeatures];
    this.weight = init.weight(gpu, shape);
    this.bias = bias ? init.bias(gpu, shape) : undefined;
  }

  /**
   * @param x [..., in]
   * @returns [..., out]
   */
  forward(x: Tensor, options?: Activated): Tensor {
    return linear(x, this.weight, this.bias, options);
  }
}

/** Options of `Conv2d`; two numbers are for height and width. */
export interface Conv2dLayerOptions {
  /** Pixels between outputs; default 1. */
  readonly stride?: number | Pair;
  /** 'same' keeps the size where the stride is 1, 'valid' is none; default 0. */
  readonly padding?: Padding<number | Pair>;
  /** What the padding is made of; default 'zeros'. */
  readonly paddingMode?: PaddingMode;
  /** Pixels between the taps of the kernel; default 1. */
  readonly dilation?: number | Pair;
  /** Channels fall into so many groups that do not see each other; default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * Convolution; x [N, in, H, W] → [N, out, H', W'].
 * @example
 * ```ts
 * const layer = new nn.Conv2d(gpu, 3, 16, 3, { stride: 2, padding: 1 });
 * layer.forward(gpu.ones([4, 3, 32, 32])).shape; // → [4, 16, 16, 16]
 * const depthwise = new nn.Conv2d(gpu, 16, 16, 3, { padding: 1, groups: 16, bias: false });
 * depthwise.weight.shape; // → [16, 1, 3, 3]
 * ```
 */
export class Conv2d extends Module {
  /** [out, in / groups, kernel height, kernel width] */
  readonly weight: Tensor;
  /** [out]; undefined without one. */
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
    checkGroups('Conv2d', inChannels, outChannels, groups);
    const shape = [outChannels, inChannels / groups, ...pair('Conv2d', 'kernelSize', kernelSize, 1)];
    this.weight = init.weight(gpu, shape);
    this.bias = bias ? init.bias(gpu, shape) : undefined;
  }

  /**
   * @param x [N, in, H, W]
   * @returns [N, out, H', W'], see `ops.conv2d`
   */
  forward(x: Tensor, options?: Activated): Tensor {
    const { stride, dilation, groups } = this.options;
    const { x: bordered, padding } = padded<number | Pair>(
      'Conv2d',
      x,
      this.weight.shape.slice(2),
      this.options,
    );
    return conv2d(bordered, this.weight, { ...options, bias: this.bias, stride, padding, dilation, groups });
  }
}

/** Options of `BatchNorm2d`. */
export interface BatchNorm2dLayerOptions {
  /** Added to the variance; default 1e-5. */
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
 * @example
 * ```ts
 * const norm = new nn.BatchNorm2d(gpu, 1);
 * const x = gpu.tensor([0, 2, 4, 6], [1, 1, 2, 2]); // mean 3, variance 5
 * norm.forward(x); // → [[[[-1.342, -0.447], [0.447, 1.342]]]]
 * norm.running_mean; // → [0.3]
 * ```
 */
export class BatchNorm2d extends Module {
  /** Scale [C], at first 1; undefined unless `affine`. */
  readonly weight: Tensor | undefined;
  /** Shift [C], at first 0; undefined unless `affine`. */
  readonly bias: Tensor | undefined;
  /** [C], at first 0; not there with `trackRunningStats: false`. */
  declare readonly running_mean: Tensor;
  /** [C], at first 1; not there with `trackRunningStats: false`. */
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

  /**
   * @param x [N, C, H, W]
   * @returns the same shape
   */
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

/**
 * max(x, 0).
 * @example
 * ```ts
 * new nn.ReLU().forward(gpu.tensor([-1, 2])); // → [0, 2]
 * ```
 */
export class ReLU extends Module {
  /**
   * @param x any shape
   * @returns the same shape
   */
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/**
 * min(max(x, 0), 6).
 * @example
 * ```ts
 * new nn.ReLU6().forward(gpu.tensor([-1, 2, 9])); // → [0, 2, 6]
 * ```
 */
export class ReLU6 extends Module {
  /**
   * @param x any shape
   * @returns the same shape
   */
  forward(x: Tensor): Tensor {
    // clamp alone would let the gradient through at 0, where a dead channel sits.
    return clamp(relu(x), 0, 6);
  }
}

/**
 * Merges all axes but the batch.
 * @example
 * ```ts
 * new nn.Flatten().forward(gpu.ones([2, 3, 4, 5])).shape; // → [2, 60]
 * ```
 */
export class Flatten extends Module {
  /**
   * @param x [N, ...]
   * @returns [N, product of the others]
   */
  forward(x: Tensor): Tensor {
    return flatten(x, 1);
  }
}

/**
 * Zeroes a share p of the elements in training. The mask follows from the seed and a count of calls. After `seek`, which
 * `fit` calls, it follows from the seed, the layer's place in the network and the step.
 * @example
 * ```ts
 * const dropout = new nn.Dropout(0.5);
 * dropout.eval().forward(gpu.tensor([1, 2])); // → [1, 2]
 * dropout.train().forward(gpu.ones([1000])); // about half are 0, the others 2
 * ```
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

  /** Draws the masks of this step from now on. */
  override seek(step: number, random: { layers: number }): void {
    this.draws.seek(step, random);
  }

  /**
   * @param x any shape
   * @returns the same shape
   */
  forward(x: Tensor): Tensor {
    const { p, training, draws } = this;
    return dropout(x, { p, training, ...(training ? draws.next(x.gpu) : { seed: draws.seed }) });
  }
}

/**
 * Modules one after another, named by their position, or as given to `named`. A ReLU after a convolution or a linear layer
 * is applied by its kernel.
 * @example
 * ```ts
 * const net = new nn.Sequential(new nn.Linear(gpu, 4, 8), new nn.ReLU(), new nn.Linear(gpu, 8, 3));
 * net.forward(gpu.randn([5, 4])).shape; // → [5, 3]
 * [...net.parameters().keys()]; // → ['0.weight', '0.bias', '2.weight', '2.bias']
 * ```
 */
export class Sequential extends Module {
  private layers: readonly [string, Module][];

  constructor(...layers: Module[]) {
    super();
    checkArgument('Sequential', 'layers', layers, modules);
    this.layers = Object.entries(layers);
  }

  /**
   * Modules in the order of the object's keys, as PyTorch's Sequential of an OrderedDict. Whole numbers would come
   * first.
   * @example
   * ```ts
   * const net = nn.Sequential.named({ hidden: new nn.Linear(gpu, 4, 8), relu: new nn.ReLU(), out: new nn.Linear(gpu, 8, 3) });
   * net.stateDict().has('out.weight'); // → true
   * ```
   */
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

  /**
   * @param x what the first module takes
   * @returns what the last one gives
   */
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
