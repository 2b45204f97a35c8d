import { TaskgradError } from '../../runtime/errors';
import { BatchNorm2d, Conv2d, ReLU, Sequential } from '../nn/layers';
import { Module } from '../nn/module';
import { relu } from '../ops/activation';
import { add } from '../ops/arithmetic';
import { concat } from '../ops/concat';
import { globalAvgPool2d } from '../ops/pool/avg';
import { flatten } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { type Backbone, type CellKind, cellsOf, type Surroundings } from './backbone';
import { carried, zerosLike } from './operations/carried';
import type { Stride } from './operations/operation';

/** Operations on a cell's edges, by the edges' names. An edge that is missing carries nothing. */
export type EdgeModules = ReadonlyMap<string, Module>;

/** Builds the operations of one cell. EdgeModules from the input of a reduction cell have stride 2 (see `edgeStride`). */
export type EdgeFactory = (kind: CellKind, channels: number) => EdgeModules;

/** What a network of cells is, before its head: [N, inputs, H, W] → [N, features]. */
export interface Body {
  /** By the names that their parameters carry. */
  readonly modules: readonly [string, Module][];
  readonly features: number;
  readonly forward: (x: Tensor) => Tensor;
}

/** What a body is, but for its operations. */
export interface BodyFrame {
  readonly nodes: number;
  readonly channels: number;
  /** Height and width of the images. */
  readonly size: readonly [height: number, width: number];
}

/**
 * One pass through a cell. Inner nodes sum what arrives at them. The last one concatenates it on channels, with zeros
 * for an edge on which nothing arrives. [N, C, H, W] → [N, (nodes − 1) · C, ⌈H / stride⌉, ⌈W / stride⌉].
 */
export function runCell(nodes: number, edges: EdgeModules, x: Tensor, stride: Stride): Tensor {
  const last = nodes - 1;
  const values: (Tensor | undefined)[] = [x];
  const arriving = (node: number) =>
    values.slice(0, node).map((value, from) => {
      const edge = `${from}${node}`;
      const made = value && edges.get(edge)?.forward(value);
      return made && carried(`edge ${edge}`, made, x, stride);
    });
  for (let node = 1; node < last; node++) {
    const present = arriving(node).filter((value) => value !== undefined);
    values.push(present.length > 0 ? present.reduce(add) : undefined);
  }
  const parts = arriving(last).map((value) => value ?? zerosLike(x, stride));
  return concat(parts, 1);
}

export interface BodyOptions extends Surroundings {
  /** Channels of the images. */
  readonly inputs: number;
  /** Whether batch norm learns scale and shift. */
  readonly affine: boolean;
}

/** One cell, or a stack of them. @throws TaskgradError `SEARCH_OPTION` on a stack with a flat head */
export function bodyOf(gpu: Gpu, frame: BodyFrame, options: BodyOptions, edgesOf: EdgeFactory): Body {
  const { backbone, head, ...rest } = options;
  if (!backbone) return head === 'mean' ? meanCell(gpu, frame, rest, edgesOf) : singleCell(frame, edgesOf);
  if (head !== 'flat') return stackedCells(gpu, frame, { ...rest, backbone }, edgesOf);
  throw new TaskgradError(
    'SEARCH_OPTION',
    "head is 'flat' with a stack of cells, which ends in a global mean; leave the head out, or the backbone",
  );
}

/** One cell on the images themselves; then ReLU and flatten. */
function singleCell({ nodes, channels, size: [height, width] }: BodyFrame, edgesOf: EdgeFactory): Body {
  const edges = edgesOf('normal', channels);
  return {
    modules: [...edges],
    features: (nodes - 1) * channels * height * width,
    forward: (x) => {
      checkChannels(x, channels, "repeat the images' channels");
      return flatten(relu(runCell(nodes, edges, x, 1)), 1);
    },
  };
}

type FullBodyOptions = Omit<BodyOptions, 'head' | 'backbone'>;

/** One cell, behind a stem where images have not its channels; then ReLU and the mean over all pixels. */
function meanCell(
  gpu: Gpu,
  { nodes, channels }: BodyFrame,
  { inputs, affine }: FullBodyOptions,
  edgesOf: EdgeFactory,
): Body {
  const edges = edgesOf('normal', channels);
  const stem = inputs === channels ? undefined : stemOf(gpu, inputs, channels, affine);
  return {
    modules: [...(stem ? [['stem', stem] satisfies [string, Module]] : []), ...edges],
    features: (nodes - 1) * channels,
    forward: (x) => {
      checkChannels(x, inputs, "build the network with the images' channels");
      const seen = runCell(nodes, edges, stem ? stem.forward(x) : x, 1);
      return flatten(globalAvgPool2d(relu(seen)), 1);
    },
  };
}

/** 3 × 3 convolution, batch norm: brings images to a cell's channels. */
const stemOf = (gpu: Gpu, inputs: number, channels: number, affine: boolean): Module =>
  new Sequential(
    new Conv2d(gpu, inputs, channels, 3, { padding: 1, bias: false }),
    new BatchNorm2d(gpu, channels, { affine }),
  );

interface StackOptions extends FullBodyOptions {
  readonly backbone: Backbone;
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
  let arriving = channels;
  const blocks = cellsOf(backbone, channels).map(({ kind, channels: own }, number) => {
    // The stem has brought the images to the first cell's channels already.
    const enter = number === 0 ? undefined : entrance(gpu, arriving, own, affine);
    const block = new CellBlock(nodes, kind === 'reduction' ? 2 : 1, edgesOf(kind, own), enter);
    arriving = (nodes - 1) * own;
    return block;
  });
  return {
    modules: [['stem', stem], ...blocks.map((block, number): [string, Module] => [`cells.${number}`, block])],
    features: arriving,
    forward: (x) => {
      checkChannels(x, inputs, "build the network with the images' channels");
      const seen = blocks.reduce((value, block) => block.forward(value), stem.forward(x));
      return flatten(globalAvgPool2d(relu(seen)), 1);
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

function checkChannels(x: Tensor, channels: number, advice: string): void {
  if (x.shape[1] === channels) return;
  const given = formatShape(x.shape);
  throw new ShapeError(`cell: input is ${given}, the genotype expects [N,${channels},H,W]; ${advice}`);
}
