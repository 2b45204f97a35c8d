import { BatchNorm2d, Conv2d, Linear, ReLU6, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import { add } from '../ops/arithmetic';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { type ClassifierOptions, checkClassifier } from './classifier';
import { FeatureNet } from './feature-net';
import { initialiseConvolutions, initialiseHead } from './initialise';

/** Table 2 of the paper; the second stage, like the stem, keeps the map's size, as images of 32 pixels need. */
const STAGES = [
  { expansion: 1, full: 16, blocks: 1, stride: 1 },
  { expansion: 6, full: 24, blocks: 2, stride: 1 },
  { expansion: 6, full: 32, blocks: 3, stride: 2 },
  { expansion: 6, full: 64, blocks: 4, stride: 2 },
  { expansion: 6, full: 96, blocks: 3, stride: 1 },
  { expansion: 6, full: 160, blocks: 3, stride: 2 },
  { expansion: 6, full: 320, blocks: 1, stride: 1 },
] as const;
const STEM = 32;
const LAST = 1280;
const DROPOUT = 0.2;
const DIVISOR = 8;

/** A width as published: the nearest multiple of 8, at least 8, and no more than a tenth below the exact value. */
function roundWidth(exact: number): number {
  const nearest = Math.max(DIVISOR, Math.floor((exact + DIVISOR / 2) / DIVISOR) * DIVISOR);
  return nearest < 0.9 * exact ? nearest + DIVISOR : nearest;
}

interface Kernel {
  readonly size: 1 | 3;
  readonly stride?: number;
  readonly groups?: number;
}

const activated = (gpu: Gpu, from: number, to: number, { size, stride, groups }: Kernel): Sequential =>
  new Sequential(
    new Conv2d(gpu, from, to, size, { stride, groups, padding: (size - 1) / 2, bias: false }),
    new BatchNorm2d(gpu, to),
    new ReLU6(),
  );

/** Widens by a 1×1 convolution, filters each channel by itself, narrows again; the input is added where it fits. */
class InvertedResidual extends Module {
  readonly conv: Sequential;
  private readonly residual: boolean;

  constructor(gpu: Gpu, from: number, to: number, expansion: number, stride: number) {
    super();
    const hidden = from * expansion;
    this.residual = stride === 1 && from === to;
    this.conv = new Sequential(
      ...(expansion === 1 ? [] : [activated(gpu, from, hidden, { size: 1 })]),
      activated(gpu, hidden, hidden, { size: 3, stride, groups: hidden }),
      new Conv2d(gpu, hidden, to, 1, { bias: false }),
      new BatchNorm2d(gpu, to),
    );
  }

  forward(x: Tensor): Tensor {
    const out = this.conv.forward(x);
    return this.residual ? add(x, out) : out;
  }
}

/**
 * MobileNetV2 (Sandler et al. 2018) for CIFAR: three of the five strides of 2 are left, so that 32 pixels end as 4.
 * Names are torchvision's: 'features.1.conv.0.0.weight', 'classifier.1.weight'. Widths are rounded to multiples of 8
 * as published. Unlike there, the last convolution shrinks with the rest: it would outweigh a narrow net.
 * @example
 * ```ts
 * const net = models.mobileNetV2(gpu, { classes: 10, width: 0.25 });
 * net.head.weight.shape; // → [10, 320]
 * ```
 */
export function mobileNetV2(gpu: Gpu, options: ClassifierOptions): FeatureNet {
  checkClassifier('mobileNetV2', gpu, options);
  const { classes, channels = 3, width = 1 } = options;
  const wide = (full: number) => roundWidth(full * width);
  const layers: Module[] = [activated(gpu, channels, wide(STEM), { size: 3 })];
  let from = wide(STEM);
  for (const { expansion, full, blocks, stride } of STAGES) {
    const to = wide(full);
    for (let block = 0; block < blocks; block++) {
      layers.push(new InvertedResidual(gpu, from, to, expansion, block === 0 ? stride : 1));
      from = to;
    }
  }
  layers.push(activated(gpu, from, wide(LAST), { size: 1 }));
  const head = initialiseHead(new Linear(gpu, wide(LAST), classes), 0.01);
  return initialiseConvolutions(new FeatureNet(new Sequential(...layers), head, DROPOUT), 'fanOut');
}
