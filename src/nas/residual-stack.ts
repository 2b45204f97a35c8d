import { BatchNorm2d, Conv2d, ReLU, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import { AvgPool2d } from '../nn/pools';
import { add } from '../ops/arithmetic';
import { globalAvgPool2d } from '../ops/pool/avg';
import { flatten } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { cellsOf } from './backbone';
import {
  type Body,
  type BodyFrame,
  checkChannels,
  type EdgeFactory,
  type EdgeModules,
  runSummingCell,
  type StackOptions,
  stemOf,
} from './cell-pass';

/**
 * The network of NAS-Bench-201 (Dong and Yang 2020): a stem to `channels`, cells whose last node sums, residual blocks
 * where the backbone has reductions, batch norm, ReLU, global mean. Parameters are named 'stem.…', 'cells.<number>.…'
 * and 'norm.…'.
 */
export function residualStack(
  gpu: Gpu,
  { nodes, channels }: BodyFrame,
  { backbone, inputs, affine }: StackOptions,
  edgesOf: EdgeFactory,
): Body {
  const stem = stemOf(gpu, inputs, channels, affine);
  let arriving = channels;
  const blocks = cellsOf(backbone, channels).map(({ kind, channels: own }) => {
    const block =
      kind === 'normal'
        ? new SummingCell(nodes, edgesOf(kind, own))
        : new ResidualReduction(gpu, arriving, own, affine);
    arriving = own;
    return block;
  });
  const norm = new BatchNorm2d(gpu, arriving, { affine });
  const relu = new ReLU();
  return {
    modules: [
      ['stem', stem],
      ...blocks.map((block, number): [string, Module] => [`cells.${number}`, block]),
      ['norm', norm],
      ['relu', relu],
    ],
    features: arriving,
    blocks: [stem, ...blocks],
    forward: (x) => {
      checkChannels(x, inputs, "build the network with the images' channels");
      const seen = blocks.reduce((value: Tensor, block) => block.forward(value), stem.forward(x));
      return flatten(globalAvgPool2d(relu.forward(norm.forward(seen))), 1);
    },
  };
}

class SummingCell extends Module {
  constructor(
    private readonly nodes: number,
    private readonly edges: EdgeModules,
  ) {
    super();
  }

  protected override children(): [string, Module][] {
    return [...this.edges];
  }

  forward(x: Tensor): Tensor {
    return runSummingCell(this.nodes, this.edges, x);
  }
}

/**
 * What halves the image: two of ReLU, 3 × 3 convolution, batch norm, the first of stride 2, beside the mean of 2 × 2
 * pixels and a pointwise convolution. [N, from, H, W] → [N, to, H / 2, W / 2].
 */
class ResidualReduction extends Module {
  readonly first: Module;
  readonly second: Module;
  readonly shortcut: Module;

  constructor(gpu: Gpu, from: number, to: number, affine: boolean) {
    super();
    const half = (channels: number, stride: number) =>
      new Sequential(
        new ReLU(),
        new Conv2d(gpu, channels, to, 3, { stride, padding: 1, bias: false }),
        new BatchNorm2d(gpu, to, { affine }),
      );
    this.first = half(from, 2);
    this.second = half(to, 1);
    this.shortcut = new Sequential(new AvgPool2d(2), new Conv2d(gpu, from, to, 1, { bias: false }));
  }

  forward(x: Tensor): Tensor {
    return add(this.shortcut.forward(x), this.second.forward(this.first.forward(x)));
  }
}
