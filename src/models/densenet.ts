import { BatchNorm2d, Conv2d, Linear, ReLU, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import { AvgPool2d } from '../nn/pools';
import { relu } from '../ops/activation';
import { concat } from '../ops/concat';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { type ClassifierOptions, checkClassifier, widthsBy } from './classifier';
import { FeatureNet } from './feature-net';
import { initialiseConvolutions, initialiseHead } from './initialise';

/** The 1×1 convolution before a 3×3 one makes so many times `growth` channels. */
const BOTTLENECK = 4;

/** Gives its input back with `growth` new channels behind it. */
class DenseLayer extends Module {
  readonly norm1: BatchNorm2d;
  readonly conv1: Conv2d;
  readonly norm2: BatchNorm2d;
  readonly conv2: Conv2d;

  constructor(gpu: Gpu, from: number, growth: number) {
    super();
    const between = BOTTLENECK * growth;
    this.norm1 = new BatchNorm2d(gpu, from);
    this.conv1 = new Conv2d(gpu, from, between, 1, { bias: false });
    this.norm2 = new BatchNorm2d(gpu, between);
    this.conv2 = new Conv2d(gpu, between, growth, 3, { padding: 1, bias: false });
  }

  forward(x: Tensor): Tensor {
    const between = this.conv1.forward(relu(this.norm1.forward(x)));
    return concat([x, this.conv2.forward(relu(this.norm2.forward(between)))], 1);
  }
}

function denseBlock(gpu: Gpu, from: number, growth: number, count: number): Sequential {
  const layers = Array.from({ length: count }, (_, i) => [
    `denselayer${i + 1}`,
    new DenseLayer(gpu, from + i * growth, growth),
  ]);
  return Sequential.named(Object.fromEntries(layers));
}

const transition = (gpu: Gpu, from: number, to: number): Sequential =>
  Sequential.named({
    norm: new BatchNorm2d(gpu, from),
    relu: new ReLU(),
    conv: new Conv2d(gpu, from, to, 1, { bias: false }),
    pool: new AvgPool2d(2),
  });

interface Sizes {
  readonly stem: number;
  readonly growth: number;
  /** Number of dense layers of each block. */
  readonly blocks: readonly number[];
}

function build(gpu: Gpu, options: ClassifierOptions, sizes: Sizes): FeatureNet {
  const { classes, channels = 3, width } = options;
  const wide = widthsBy(width);
  const growth = wide(sizes.growth);
  let from = wide(sizes.stem);
  const features: Record<string, Module> = {
    conv0: new Conv2d(gpu, channels, from, 3, { padding: 1, bias: false }),
  };
  for (const [i, count] of sizes.blocks.entries()) {
    features[`denseblock${i + 1}`] = denseBlock(gpu, from, growth, count);
    from += count * growth;
    if (i === sizes.blocks.length - 1) break;
    const half = Math.floor(from / 2);
    features[`transition${i + 1}`] = transition(gpu, from, half);
    from = half;
  }
  features.norm5 = new BatchNorm2d(gpu, from);
  features.relu5 = new ReLU();
  const net = new FeatureNet(Sequential.named(features), initialiseHead(new Linear(gpu, from, classes)));
  return initialiseConvolutions(net, 'fanIn');
}

/**
 * DenseNet-121 (Huang et al. 2017) for CIFAR: the stem is a 3×3 convolution of stride 1 without norm and pooling.
 * Names are torchvision's: 'features.denseblock1.denselayer1.norm1.weight', 'classifier.weight'. Images of at least 8
 * pixels.
 * @example
 * ```ts
 * const net = models.densenet121(gpu, { classes: 10, width: 0.125 });
 * net.head.weight.shape; // → [10, 128]
 * ```
 */
export function densenet121(gpu: Gpu, options: ClassifierOptions): FeatureNet {
  checkClassifier('densenet121', gpu, options);
  return build(gpu, options, { stem: 64, growth: 32, blocks: [6, 12, 24, 16] });
}

/**
 * DenseNet-161; see `densenet121`.
 * @example
 * ```ts
 * const net = models.densenet161(gpu, { classes: 10, width: 0.125 });
 * net.head.weight.shape; // → [10, 276]
 * ```
 */
export function densenet161(gpu: Gpu, options: ClassifierOptions): FeatureNet {
  checkClassifier('densenet161', gpu, options);
  return build(gpu, options, { stem: 96, growth: 48, blocks: [6, 12, 36, 24] });
}
