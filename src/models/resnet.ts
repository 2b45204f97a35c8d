import { BatchNorm2d, Conv2d, Linear, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import { relu } from '../ops/activation';
import { add } from '../ops/arithmetic';
import { globalAvgPool2d } from '../ops/pool/avg';
import { flatten } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { type Classifier, type ClassifierOptions, checkClassifier, widthsBy } from './classifier';
import { initialiseConvolutions } from './initialise';

const conv3 = (gpu: Gpu, from: number, to: number, stride = 1) =>
  new Conv2d(gpu, from, to, 3, { stride, padding: 1, bias: false });

/** relu(F(x) + x), with F two 3×3 convolutions; x goes through a 1×1 convolution where its shape differs from F(x)'s. */
class BasicBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | undefined;

  constructor(gpu: Gpu, from: number, to: number, stride: number) {
    super();
    this.conv1 = conv3(gpu, from, to, stride);
    this.bn1 = new BatchNorm2d(gpu, to);
    this.conv2 = conv3(gpu, to, to);
    this.bn2 = new BatchNorm2d(gpu, to);
    this.downsample =
      stride === 1 && from === to
        ? undefined
        : new Sequential(new Conv2d(gpu, from, to, 1, { stride, bias: false }), new BatchNorm2d(gpu, to));
  }

  forward(x: Tensor): Tensor {
    const hidden = relu(this.bn1.forward(this.conv1.forward(x)));
    const residual = this.bn2.forward(this.conv2.forward(hidden));
    return relu(add(residual, this.downsample?.forward(x) ?? x));
  }
}

/** Four stages of basic blocks, named as in torchvision: 'conv1.weight', 'layer1.0.bn1.running_mean', 'fc.weight'. */
export class ResNet extends Module implements Classifier {
  /** The stem's convolution. */
  readonly conv1: Conv2d;
  /** The stem's batch norm. */
  readonly bn1: BatchNorm2d;
  /** Blocks on the map as it is. */
  readonly layer1: Sequential;
  /** Blocks on half its height and width. */
  readonly layer2: Sequential;
  /** Blocks on a quarter. */
  readonly layer3: Sequential;
  /** Blocks on an eighth. */
  readonly layer4: Sequential;
  /** The head. */
  readonly fc: Linear;

  constructor(
    gpu: Gpu,
    { classes, channels = 3, width }: ClassifierOptions,
    blocks: readonly [number, number, number, number],
  ) {
    super();
    const widths = [64, 128, 256, 512].map(widthsBy(width));
    const stage = (i: number, stride: number) =>
      new Sequential(
        ...Array.from({ length: blocks[i] }, (_, block) =>
          block === 0
            ? new BasicBlock(gpu, widths[Math.max(0, i - 1)], widths[i], stride)
            : new BasicBlock(gpu, widths[i], widths[i], 1),
        ),
      );
    this.conv1 = conv3(gpu, channels, widths[0]);
    this.bn1 = new BatchNorm2d(gpu, widths[0]);
    this.layer1 = stage(0, 1);
    this.layer2 = stage(1, 2);
    this.layer3 = stage(2, 2);
    this.layer4 = stage(3, 2);
    this.fc = new Linear(gpu, widths[3], classes);
    initialiseConvolutions(this, 'fanOut');
  }

  /** The last layer, `fc`. */
  get head(): Linear {
    return this.fc;
  }

  forward(x: Tensor): Tensor {
    const stem = relu(this.bn1.forward(this.conv1.forward(x)));
    const stages = [this.layer1, this.layer2, this.layer3, this.layer4];
    const features = stages.reduce((value, stage) => stage.forward(value), stem);
    return this.fc.forward(flatten(globalAvgPool2d(features), 1));
  }
}

/**
 * ResNet-18 (He et al. 2016) for CIFAR: the stem is a 3×3 convolution of stride 1 without pooling.
 * @example
 * ```ts
 * const net = models.resnet18(gpu, { classes: 10, width: 0.125 });
 * net.forward(gpu.ones([2, 3, 32, 32])).shape; // → [2, 10]
 * ```
 */
export function resnet18(gpu: Gpu, options: ClassifierOptions): ResNet {
  checkClassifier('resnet18', gpu, options);
  return new ResNet(gpu, options, [2, 2, 2, 2]);
}

/**
 * ResNet-34; see `resnet18`.
 * @example
 * ```ts
 * const net = models.resnet34(gpu, { classes: 10, width: 0.125 });
 * net.head.weight.shape; // → [10, 64]
 * ```
 */
export function resnet34(gpu: Gpu, options: ClassifierOptions): ResNet {
  checkClassifier('resnet34', gpu, options);
  return new ResNet(gpu, options, [3, 4, 6, 3]);
}
