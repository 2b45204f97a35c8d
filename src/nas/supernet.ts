import { noGrad } from '../autograd/tape';
import { Linear } from '../nn/layers';
import { Module } from '../nn/module';
import { add, mul } from '../ops/arithmetic';
import { reshape, slice } from '../ops/reshape';
import { softmax } from '../ops/softmax';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { type CellKind, drawsReduction, edgeStride, type Surroundings } from './backbone';
import { bodyOf } from './body';
import type { Body } from './cell-pass';
import { cellEdges, type Nodes } from './edges';
import { type Genotype, makeGenotype } from './genotype';
import { carried } from './operations/carried';
import { effectOf, type OperationName, operationOf } from './operations/defined';
import type { Stride } from './operations/operation';

/** Shares of an edge's operations, a scalar [1] each. */
type EdgeShares = readonly Tensor[];
/** By kind of cell, then by edge. */
type Shares = Readonly<Partial<Record<CellKind, ReadonlyMap<string, EdgeShares>>>>;

const carriesNothing = (name: OperationName): boolean => effectOf(name) === 'nothing';

/** Σ_o share_o · o(x), over all operations of an edge. `none` takes its share and adds nothing. */
export class MixedOperation extends Module {
  constructor(
    private readonly operations: readonly (readonly [OperationName, Module])[],
    private readonly shares: () => EdgeShares,
    private readonly stride: Stride,
  ) {
    super();
  }

  protected override children(): [string, Module][] {
    return this.operations.map(([name, module]) => [name, module]);
  }

  forward(x: Tensor): Tensor {
    const shares = this.shares();
    const weighted = this.operations.flatMap(([name, module], i) =>
      carriesNothing(name)
        ? []
        : [mul(carried(`operation ${name}`, module.forward(x), x, this.stride), shares[i])],
    );
    return weighted.reduce(add);
  }
}

export interface SupernetOptions extends Surroundings {
  readonly nodes: Nodes;
  readonly channels: number;
  readonly operations: readonly OperationName[];
  readonly classes: number;
  /** [channels, height, width] of the images. */
  readonly image: readonly [channels: number, height: number, width: number];
}

/**
 * The network that DARTS (Liu, Simonyan & Yang 2019) searches in. Every edge of a cell is the sum of all operations,
 * weighted by softmax of the edge's row of α [edges, operations]. All normal cells of a stack share one α, all
 * reductions another. α begins at 0: equal shares, and no operation has a head start.
 */
export class Supernet extends Module {
  readonly alpha: Tensor;
  readonly alphaReduction: Tensor | undefined;
  readonly classifier: Linear;
  private readonly body: Body;
  private shares: Shares = {};

  constructor(
    gpu: Gpu,
    private readonly options: SupernetOptions,
  ) {
    super();
    const { nodes, channels, operations, classes, image, backbone, head } = options;
    const [inputs, height, width] = image;
    const frame = { nodes, channels, size: [height, width] } as const;
    const edgesOf = (kind: CellKind, own: number) =>
      new Map(cellEdges(nodes).map((edge) => [edge, this.mixed(gpu, kind, edge, own)]));
    this.body = bodyOf(gpu, frame, { backbone, head, inputs, affine: false }, edgesOf);
    this.classifier = new Linear(gpu, this.body.features, classes);
    const begin = () => gpu.zeros([cellEdges(nodes).length, operations.length], { requiresGrad: true });
    this.alpha = begin();
    this.alphaReduction = drawsReduction(backbone) ? begin() : undefined;
  }

  protected override children(): [string, Module][] {
    return [...this.body.modules, ['classifier', this.classifier]];
  }

  /** α of each kind of cell, by its name among the parameters. */
  alphas(): Map<string, Tensor> {
    const { alpha, alphaReduction } = this;
    return new Map([
      ['alpha', alpha],
      ...(alphaReduction ? [['alphaReduction', alphaReduction] as const] : []),
    ]);
  }

  /** All parameters but α. */
  weights(): Map<string, Tensor> {
    return new Map([...this.parameters()].filter(([name]) => !this.alphas().has(name)));
  }

  /** [N, C, H, W] → logits [N, classes]. */
  forward(x: Tensor): Tensor {
    const { alpha, alphaReduction } = this;
    return this.through(x, {
      normal: this.sharesOf(softmax(alpha, 1)),
      reduction: alphaReduction && this.sharesOf(softmax(alphaReduction, 1)),
    });
  }

  /** Logits of one of its cells by itself, with the supernet's weights and without a gradient. */
  forwardOf(genotype: Genotype, x: Tensor): Tensor {
    const { edges: normal, reduction = normal } = genotype;
    return noGrad(() =>
      this.through(x, { normal: this.choiceOf(normal, x.gpu), reduction: this.choiceOf(reduction, x.gpu) }),
    );
  }

  private through(x: Tensor, shares: Shares): Tensor {
    this.shares = shares;
    try {
      return this.classifier.forward(this.body.forward(x));
    } finally {
      this.shares = {};
    }
  }

  private mixed(gpu: Gpu, kind: CellKind, edge: string, channels: number): MixedOperation {
    const stride = edgeStride(kind, edge);
    const operations = this.options.operations.map((name) => {
      return [name, operationOf(name).build(gpu, channels, false, stride)] as const;
    });
    return new MixedOperation(operations, () => this.shares[kind]?.get(edge) ?? [], stride);
  }

  /** Every entry of [edges, operations] as a scalar. */
  private sharesOf(shares: Tensor): ReadonlyMap<string, EdgeShares> {
    const { nodes, operations } = this.options;
    const entries = reshape(shares, [shares.size]);
    return new Map(
      cellEdges(nodes).map((edge, row) => [
        edge,
        operations.map((_, column) => {
          const at = row * operations.length + column;
          return slice(entries, 0, at, at + 1);
        }),
      ]),
    );
  }

  private choiceOf(edges: Genotype['edges'], gpu: Gpu): ReadonlyMap<string, EdgeShares> {
    const { nodes, operations } = this.options;
    const chosen = cellEdges(nodes).flatMap((edge) => operations.map((name) => Number(name === edges[edge])));
    return this.sharesOf(gpu.tensor(chosen, [cellEdges(nodes).length, operations.length]));
  }
}

/** The rows of α [edges, operations], one for each edge. */
export function rowsOf(alpha: ArrayLike<number>, operations: number): number[][] {
  const values = Array.from(alpha);
  return Array.from({ length: values.length / operations }, (_, row) =>
    values.slice(row * operations, (row + 1) * operations),
  );
}

/** The cells of the largest α on every edge. An operation that carries nothing is not chosen, as in DARTS. */
export function discretise(
  { nodes, channels, operations }: Pick<SupernetOptions, 'nodes' | 'channels' | 'operations'>,
  alpha: readonly (readonly number[])[],
  alphaReduction?: readonly (readonly number[])[],
): Genotype {
  const best = (row: readonly number[]) =>
    operations.reduce((best, name, i) => {
      const rival = row[operations.indexOf(best)];
      return !carriesNothing(name) && (carriesNothing(best) || row[i] > rival) ? name : best;
    });
  const edgesOf = (rows: readonly (readonly number[])[]) =>
    Object.fromEntries(cellEdges(nodes).map((edge, i) => [edge, best(rows[i])]));
  return makeGenotype(nodes, channels, edgesOf(alpha), alphaReduction && edgesOf(alphaReduction));
}
