import { TaskgradError } from '../../runtime/errors';
import { BatchNorm2d, Conv2d, ReLU, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import { globalAvgPool2d } from '../ops/pool/avg';
import { flatten } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { cellsOf } from './backbone';
import {
  type Body,
  type BodyFrame,
  type BodyOptions,
  checkChannels,
  type EdgeFactory,
  type EdgeModules,
  type FullBodyOptions,
  runCell,
  type StackOptions,
  stemOf,
} from './cell-pass';
import type { Stride } from './operations/operation';
import { residualStack } from './residual-stack';

/** One cell, or a stack of them. @throws TaskgradError `SEARCH_OPTION` on a stack with a flat head */
export function bodyOf(gpu: Gpu, frame: BodyFrame, options: BodyOptions, edgesOf: EdgeFactory): Body {
  const { backbone, head, ...rest } = options;
  if (!backbone) return head === 'mean' ? meanCell(gpu, frame, rest, edgesOf) : singleCell(frame, edgesOf);
  if (head !== 'flat') {
    const stack = backbone.reductions === 'residual' ? residualStack : stackedCells;
    return stack(gpu, frame, { ...rest, backbone }, edgesOf);
  }
  throw new TaskgradError(
    'SEARCH_OPTION',
    "head is 'flat' with a stack of cells, which ends in a global mean; leave the head out, or the backbone",
  );
}

/** One cell on the images themselves; then ReLU and flatten. */
function singleCell({ nodes, channels, size: [height, width] }: BodyFrame, edgesOf: EdgeFactory): Body {
  const edges = edgesOf('normal', channels);
  const relu = new ReLU();
  return {
    modules: [...edges, ['relu', relu]],
    features: (nodes - 1) * channels * height * width,
    blocks: [],
    forward: (x) => {
      checkChannels(x, channels, "repeat the images' channels");
      return flatten(relu.forward(runCell(nodes, edges, x, 1)), 1);
    },
  };
}

/** One cell, behind a stem where images have not its channels; then ReLU and the mean over all pixels. */
function meanCell(
  gpu: Gpu,
  { nodes, channels }: BodyFrame,
  { inputs, affine }: FullBodyOptions,
  edgesOf: EdgeFactory,
): Body {
  const edges = edgesOf('normal', channels);
  const relu = new ReLU();
  const stem = inputs === channels ? undefined : stemOf(gpu, inputs, channels, affine);
  return {
    modules: [...(stem ? [['stem', stem] satisfies [string, Module]] : []), ...edges, ['relu', relu]],
    features: (nodes - 1) * channels,
    blocks: [],
    forward: (x) => {
      checkChannels(x, inputs, "build the network with the images' channels");
      const seen = runCell(nodes, edges, stem ? stem.forward(x) : x, 1);
      return flatten(globalAvgPool2d(relu.forward(seen)), 1);
    },
  };
}

/**
 * A stem to `channels`, the backbone's cells one after another, ReLU, global mean.
 * Parameters are named 'stem.…' and 'cells.<number>.…'.
 */
function stackedCells(
  gpu: Gpu,
  { nodes, channels }: BodyFrame,
  { backbone, inputs, affine }: StackOptions,
  edgesOf: EdgeFactory,
): Body {
  const stem = stemOf(gpu, inputs, channels, affine);
  const relu = new ReLU();
  let arriving = channels;
  const blocks = cellsOf(backbone, channels).map(({ kind, channels: own }, number) => {
    // The stem has brought the images to the first cell's channels already.
    const enter = number === 0 ? undefined : entrance(gpu, arriving, own, affine);
    const block = new CellBlock(nodes, kind === 'reduction' ? 2 : 1, edgesOf(kind, own), enter);
    arriving = (nodes - 1) * own;
    return block;
  });
  return {
    modules: [
      ['stem', stem],
      ...blocks.map((block, number): [string, Module] => [`cells.${number}`, block]),
      ['relu', relu],
    ],
    features: arriving,
    blocks: [stem, ...blocks],
    forward: (x) => {
      checkChannels(x, inputs, "build the network with the images' channels");
      const seen = blocks.reduce((value, block) => block.forward(value), stem.forward(x));
      return flatten(globalAvgPool2d(relu.forward(seen)), 1);
    },
  };
}

/** A cell of a stack, behind what brings the channels that arrive to its own. */
class CellBlock extends Module {
  constructor(
    private readonly nodes: number,
    private readonly stride: Stride,
    private readonly edges: EdgeModules,
    private readonly enter: Module | undefined,
  ) {
    super();
  }

  protected override children(): [string, Module][] {
    return [...(this.enter ? [['enter', this.enter] satisfies [string, Module]] : []), ...this.edges];
  }

  forward(x: Tensor): Tensor {
    const { nodes, stride, edges, enter } = this;
    return runCell(nodes, edges, enter ? enter.forward(x) : x, stride);
  }
}

/** ReLU, pointwise convolution, batch norm. */
function entrance(gpu: Gpu, from: number, to: number, affine: boolean): Module {
  return new Sequential(
    new ReLU(),
    new Conv2d(gpu, from, to, 1, { bias: false }),
    new BatchNorm2d(gpu, to, { affine }),
  );
}
