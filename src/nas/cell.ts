import { Linear } from '../nn/layers';
import { Module } from '../nn/module';
import type { Gpu } from '../tensor/gpu';
import { aCount, aFlag, checkAll, options as fields, kind, numbers, optional } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';
import { edgeStride, HEADS, type Surroundings } from './backbone';
import { bodyOf } from './body';
import type { Body, EdgeFactory } from './cell-pass';
import { aGenotype, type Genotype, liveEdges } from './genotype';
import { operationOf } from './operations/defined';

/** What a cell's network is made for. */
export interface CellNetworkOptions extends Surroundings {
  /** Number of logits. */
  readonly classes: number;
  /** Height and width of the images. */
  readonly size: readonly [height: number, width: number];
  /** Whether batch norm learns scale and shift; default false, as in a search. */
  readonly affine?: boolean;
  /** Channels of the images; default: the genotype's. Without a backbone they have to be. */
  readonly inputs?: number;
}

/**
 * A cell, or a stack of cells, and a linear head: [N, C, H, W] → logits [N, classes]. Inner nodes sum what arrives at
 * them, the last one concatenates it on channels. ReLU, flatten or the mean over all pixels (see `head`), and
 * `classifier` follow. Parameters are named by
 * edge, as '01.1.weight', in a stack 'cells.0.01.1.weight' (see `stackedCells`). Edges that carry nothing (see
 * `liveEdges`) have no parameters and stand for zeros.
 * @example
 * ```ts
 * const edges = { '01': 'sep_conv_3x3', '02': 'skip_connect', '12': 'max_pool_3x3' } as const;
 * const net = new nas.CellNetwork(gpu, nas.makeGenotype(3, 4, edges), { classes: 10, size: [8, 8] });
 * net.forward(gpu.randn([2, 4, 8, 8])).shape; // → [2, 10]
 * ```
 */
export class CellNetwork extends Module {
  /** The linear head, [features] → [classes]. */
  readonly classifier: Linear;
  private readonly body: Body;

  /** @throws TaskgradError `SEARCH_OPTION` on a backbone of fewer than three cells, or one with a flat head */
  constructor(
    gpu: Gpu,
    /** The cell that it is made of. */
    readonly genotype: Genotype,
    options: CellNetworkOptions,
  ) {
    super();
    checkAll('CellNetwork', {
      gpu: [gpu, aGpu],
      genotype: [genotype, aGenotype],
      options: [options, networkOptions],
    });
    const { classes, size, affine = false, backbone, head, inputs = genotype.channels } = options;
    const frame = { nodes: genotype.nodes, channels: genotype.channels, size };
    const edgesOf = edgeFactory(gpu, genotype, affine);
    this.body = bodyOf(gpu, frame, { backbone, head, inputs, affine }, edgesOf);
    this.classifier = new Linear(gpu, this.body.features, classes);
  }

  protected override children(): [string, Module][] {
    return [...this.body.modules, ['classifier', this.classifier]];
  }

  /** What images go through one after another, before the head; in one cell by itself nothing. */
  get blocks(): readonly Module[] {
    return this.body.blocks;
  }

  /** Parameters of the linear head; all others are the cells'. */
  headParameterCount(): number {
    return this.classifier.parameterCount();
  }

  /** @throws ShapeError unless the images have the channels that the network was built for */
  forward(x: Tensor): Tensor {
    return this.classifier.forward(this.body.forward(x));
  }
}

function edgeFactory(gpu: Gpu, genotype: Genotype, affine: boolean): EdgeFactory {
  const { nodes, edges: normal, reduction = normal } = genotype;
  return (kind, channels) => {
    const edges = kind === 'reduction' ? reduction : normal;
    return new Map(
      liveEdges({ nodes, edges }).map((name) => [
        name,
        operationOf(edges[name]).build(gpu, channels, affine, edgeStride(kind, name)),
      ]),
    );
  };
}

const networkOptions = fields({
  classes: aCount,
  size: numbers,
  affine: optional(aFlag),
  head: optional(kind("'flat' or 'mean'", (value) => HEADS.some((head) => head === value))),
});
