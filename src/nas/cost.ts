import { type Backbone, type CellKind, cellsOf, drawsReduction } from './backbone';
import { cellEdges, type Nodes } from './edges';
import { type Genotype, liveEdges } from './genotype';
import { effectOf, type OperationName, operationOf } from './operations/defined';
import { OPERATION_NAMES } from './operations/table';

/**
 * What searches cost, in units of work. A budget must not depend on the clock, or a seed would not give the same
 * result twice. So costs were measured once, and those of operations stand in their records. A unit is what a training
 * step costs of an operation on an edge, in the mean over the ten published ones. `npm run costs` measures again and prints
 * the table.
 *
 * The figures are of lavapipe and of preset `quick`: 64 images of 28 × 28 pixels, 3 channels. Of other sizes and
 * adapters it is only assumed that all of it grows alike, for what counts is how costs compare. In a stack a reduction
 * cell and those after it count half of the cell before: a quarter of the pixels is left, in twice the channels.
 */
export const WORK = {
  /** A training step beside its networks: images, loss, optimiser. */
  step: 0.85,
  /** A network in it beside its cells: its head, and what each launch costs. */
  network: 1.15,
  /** Its beginning: fresh weights, and first steps that JavaScript makes in fresh memory. */
  start: 9,
  /** In DARTS, the share that weighs one operation on an edge, beside the operation. */
  share: 0.2,
  /** Scoring a batch, as a part of a training step on it. */
  scoring: 0.35,
  /** A residual block between cells: as two of nor_conv_3x3 and one of nor_conv_1x1. */
  residual: 1.8,
  /** A step of α on kept logits. */
  alpha: 0.24,
} as const;

/** The mean of the published operations, for one whose record has no cost. */
const AVERAGE = 1;

const costOf = (name: OperationName): number =>
  effectOf(name) === 'nothing' ? 0 : (operationOf(name).cost ?? AVERAGE);

/** Work of a training step of these genotypes' networks in one mixture. Edges that carry nothing cost nothing. */
export function stepCost(genotypes: readonly Genotype[], backbone?: Backbone): number {
  const networks = genotypes.map(({ nodes, edges: normal, reduction = normal }) =>
    networkCost(backbone, (kind) => {
      const edges = kind === 'reduction' ? reduction : normal;
      return sum(liveEdges({ nodes, edges }).map((edge) => costOf(edges[edge])));
    }),
  );
  return WORK.step + sum(networks);
}

/** Work of a training step of K networks with an average operation on each edge: what a budget is counted by. */
export function averageStepCost(networks: number, nodes: Nodes, backbone?: Backbone): number {
  const mean = sum(OPERATION_NAMES.map(costOf)) / OPERATION_NAMES.length;
  return WORK.step + networks * networkCost(backbone, () => cellEdges(nodes).length * mean);
}

/** Work of a step of DARTS: two passes through all operations of all edges, one for α and one for the weights. */
export function supernetStepCost(
  operations: readonly OperationName[],
  nodes: Nodes,
  backbone?: Backbone,
): number {
  const computed = operations.filter((name) => effectOf(name) !== 'nothing');
  const edge = sum(computed.map((name) => costOf(name) + WORK.share));
  return 2 * (WORK.step + networkCost(backbone, () => cellEdges(nodes).length * edge));
}

function networkCost(backbone: Backbone | undefined, cellCost: (kind: CellKind) => number): number {
  const cells = backbone ? cellsOf(backbone, 1) : [{ kind: 'normal', channels: 1 } as const];
  const isBlock = (kind: CellKind) => kind === 'reduction' && !drawsReduction(backbone);
  const cost = (kind: CellKind) => (isBlock(kind) ? WORK.residual : cellCost(kind));
  return WORK.network + sum(cells.map(({ kind, channels }) => cost(kind) / channels));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
