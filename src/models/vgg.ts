import { BatchNorm2d, Conv2d, Linear, ReLU, Sequential } from '../nn/layers';
import type { Module } from '../nn/module';
import { MaxPool2d } from '../nn/pools';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { type ClassifierOptions, checkClassifier, widthsBy } from './classifier';
import { FeatureNet } from './feature-net';
import { initialiseConvolutions, initialiseHead } from './initialise';

/** Widths of the 3×3 convolutions of each stage; a stage ends in a pooling. */
type Stages = readonly (readonly number[])[];
const VGG11: Stages = [[64], [128], [256, 256], [512, 512], [512, 512]];
const VGG16: Stages = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

/** Halves the map; one that is a pixel high or wide stays, so that images under 32 pixels pass the five stages. */
class Halve extends MaxPool2d {
  constructor() {
    super(2);
  }

  override forward(x: Tensor): Tensor {
    return Math.min(...x.shape.slice(2)) < 2 ? x : super.forward(x);
  }
}

function build(gpu: Gpu, { classes, channels = 3, width }: ClassifierOptions, stages: Stages): FeatureNet {
  const wide = widthsBy(width);
  let from = channels;
  const convolution = (full: number): Module[] => {
    const to = wide(full);
    const layers = [new Conv2d(gpu, from, to, 3, { padding: 1 }), new BatchNorm2d(gpu, to), new ReLU()];
    from = to;
    return layers;
  };
  const features = new Sequential(...stages.flatMap((stage) => [...stage.flatMap(convolution), new Halve()]));
  const head = initialiseHead(new Linear(gpu, from, classes), 0.01);
  return initialiseConvolutions(new FeatureNet(features, head), 'fanOut');
}

/**
 * VGG-11 with batch norm (Simonyan & Zisserman 2015) for CIFAR: one linear layer instead of three. Names are
 * torchvision's of vgg11_bn, and 'classifier'.
 * @example
 * ```ts
 * const net = models.vgg11(gpu, { classes: 10, width: 0.1 });
 * net.head.weight.shape; // → [10, 51]
 * ```
 */
export function vgg11(gpu: Gpu, options: ClassifierOptions): FeatureNet {
  checkClassifier('vgg11', gpu, options);
  return build(gpu, options, VGG11);
}

/**
 * VGG-16 with batch norm; see `vgg11`.
 * @example
 * ```ts
 * const net = models.vgg16(gpu, { classes: 10, width: 0.1 });
 * net.head.weight.shape; // → [10, 51]
 * ```
 */
export function vgg16(gpu: Gpu, options: ClassifierOptions): FeatureNet {
  checkClassifier('vgg16', gpu, options);
  return build(gpu, options, VGG16);
}
