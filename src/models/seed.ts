import { Conv2d, Flatten, Linear, ReLU, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import { MaxPool2d } from '../nn/pools';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { type Classifier, type ClassifierOptions, checkClassifier, widthsBy } from './classifier';

/** An encoder and a linear head, named as in the original program: 'encoder.0.weight', 'classifier.weight'. */
export class SeedNet extends Module implements Classifier {
  constructor(
    /** [N, C, H, W] → [N, features] */
    readonly encoder: Sequential,
    /** [N, features] → [N, classes] */
    readonly classifier: Linear,
  ) {
    super();
  }

  /** The last layer, `classifier`. */
  get head(): Linear {
    return this.classifier;
  }

  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.encoder.forward(x));
  }
}

const FEATURES = 128;

function build(
  gpu: Gpu,
  options: ClassifierOptions,
  layers: (wide: (width: number) => number) => Module[],
): SeedNet {
  const { classes, width } = options;
  const wide = widthsBy(width);
  const encoder = new Sequential(...layers(wide));
  return new SeedNet(encoder, new Linear(gpu, wide(FEATURES), classes));
}

const conv5 = (gpu: Gpu, from: number, to: number) => [
  new Conv2d(gpu, from, to, 5, { padding: 2 }),
  new ReLU(),
];

const dense = (gpu: Gpu, ...widths: number[]) =>
  widths.slice(1).flatMap((width, i) => [new Linear(gpu, widths[i], width), new ReLU()]);

/**
 * The original's NN1: two 5×5 convolutions (16, 32) without pooling, then 1024 and 128 units.
 * @example
 * ```ts
 * const net = models.NN1(gpu, { classes: 10, width: 0.1 });
 * net.forward(gpu.ones([2, 1, 28, 28])).shape; // → [2, 10]
 * ```
 */
export function NN1(gpu: Gpu, options: ClassifierOptions): SeedNet {
  checkClassifier('NN1', gpu, options);
  const { channels = 1, size = 28 } = options;
  return build(gpu, options, (wide) => [
    ...conv5(gpu, channels, wide(16)),
    ...conv5(gpu, wide(16), wide(32)),
    new Flatten(),
    ...dense(gpu, wide(32) * size * size, wide(1024), wide(FEATURES)),
  ]);
}

/**
 * The original's NN2: a perceptron of 1024, 512, 256 and 128 units.
 * @example
 * ```ts
 * const net = models.NN2(gpu, { classes: 10, width: 0.1 });
 * net.forward(gpu.ones([2, 1, 28, 28])).shape; // → [2, 10]
 * ```
 */
export function NN2(gpu: Gpu, options: ClassifierOptions): SeedNet {
  checkClassifier('NN2', gpu, options);
  const { channels = 1, size = 28 } = options;
  return build(gpu, options, (wide) => [
    new Flatten(),
    ...dense(gpu, channels * size * size, wide(1024), wide(512), wide(256), wide(FEATURES)),
  ]);
}

/**
 * The original's NN3: three 5×5 convolutions (16, 32, 64), one pooling, then 1024 and 128 units.
 * @example
 * ```ts
 * const net = models.NN3(gpu, { classes: 10, width: 0.1 });
 * net.forward(gpu.ones([2, 1, 28, 28])).shape; // → [2, 10]
 * ```
 */
export function NN3(gpu: Gpu, options: ClassifierOptions): SeedNet {
  checkClassifier('NN3', gpu, options);
  const { channels = 1, size = 28 } = options;
  const pooled = Math.floor(size / 2);
  return build(gpu, options, (wide) => [
    ...conv5(gpu, channels, wide(16)),
    ...conv5(gpu, wide(16), wide(32)),
    ...conv5(gpu, wide(32), wide(64)),
    new MaxPool2d(2),
    new Flatten(),
    ...dense(gpu, wide(64) * pooled * pooled, wide(1024), wide(FEATURES)),
  ]);
}

/**
 * The original's small CIFAR net: two 5×5 convolutions (16, 32), each pooled, then 1024 and 128 units.
 * @example
 * ```ts
 * const net = models.smallCifarNet(gpu, { classes: 10, width: 0.1 });
 * net.forward(gpu.ones([2, 3, 32, 32])).shape; // → [2, 10]
 * ```
 */
export function smallCifarNet(gpu: Gpu, options: ClassifierOptions): SeedNet {
  checkClassifier('smallCifarNet', gpu, options);
  const { channels = 3, size = 32 } = options;
  const pooled = Math.floor(Math.floor(size / 2) / 2);
  return build(gpu, options, (wide) => [
    ...conv5(gpu, channels, wide(16)),
    new MaxPool2d(2),
    ...conv5(gpu, wide(16), wide(32)),
    new MaxPool2d(2),
    new Flatten(),
    ...dense(gpu, wide(32) * pooled * pooled, wide(1024), wide(FEATURES)),
  ]);
}
