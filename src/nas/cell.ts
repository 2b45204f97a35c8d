import { Linear } from '../nn/layers';
import { Module } from '../nn/module';
import { relu } from '../ops/activation';
import { add } from '../ops/arithmetic';
import { concat, flatten } from '../ops/reshape';
import type { Gpu } from '../tensor/gpu';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { type Genotype, liveEdges } from './genotype';
import { OPERATIONS } from './operations';

export interface CellNetworkOptions {
  readonly classes: number;
  /** Height and width of the images. */
  readonly size: readonly [height: number, width: number];
  /** Whether batch norm learns scale and shift; default false, as in a search. */
  readonly affine?: boolean;
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly operation: Module;
}

/**
 * One cell and a linear head: [N, C, H, W] → logits [N, classes]. Inner nodes sum what arrives at them, the last one
 * concatenates it on channels; then ReLU, flatten, `classifier`. Parameters are named by edge, as '01.1.weight'.
 * Edges that carry nothing (see `liveEdges`) have no parameters and stand for zeros.
 */
export class CellNetwork extends Module {
  readonly classifier: Linear;
  private readonly edges: ReadonlyMap<string, Edge>;

  constructor(
    gpu: Gpu,
    readonly genotype: Genotype,
    { classes, size: [height, width], affine = false }: CellNetworkOptions,
  ) {
    super();
    const { nodes, channels, edges } = genotype;
    this.edges = new Map(
      liveEdges(genotype).map((name) => {
        const operation = OPERATIONS[edges[name]](gpu, channels, affine);
        return [name, { from: Number(name[0]), to: Number(name[1]), operation }];
      }),
    );
    this.classifier = new Linear(gpu, (nodes - 1) * channels * height * width, classes);
  }

  protected override children(): [string, Module][] {
    const operations = [...this.edges].map(([name, { operation }]): [string, Module] => [name, operation]);
    return [...operations, ['classifier', this.classifier]];
  }

  /** @throws ShapeError unless the images have the genotype's channels */
  forward(x: Tensor): Tensor {
    const { nodes, channels } = this.genotype;
    if (x.shape[1] !== channels) {
      const given = formatShape(x.shape);
      throw new ShapeError(
        `cell: input is ${given}, the genotype expects [N,${channels},H,W]; repeat the images' channels`,
      );
    }
    const last = nodes - 1;
    const values: (Tensor | undefined)[] = [x];
    for (let node = 1; node < last; node++) {
      const arriving = this.arriving(node, values).filter((value) => value !== undefined);
      values.push(arriving.length > 0 ? arriving.reduce(add) : undefined);
    }
    const parts = this.arriving(last, values).map((value) => value ?? x.gpu.zeros(x.shape));
    return this.classifier.forward(flatten(relu(concat(parts, 1)), 1));
  }

  /** What each earlier node sends to `node`; nothing over an edge that is not live. */
  private arriving(node: number, values: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    return values.slice(0, node).map((value, from) => {
      const edge = this.edges.get(`${from}${node}`);
      return value && edge?.operation.forward(value);
    });
  }
}
