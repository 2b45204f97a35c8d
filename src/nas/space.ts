import { TaskgradError } from '../../runtime/errors';
import type { Random } from '../tensor/random';
import { drawsReduction, type Surroundings } from './backbone';
import { checkEntries, type Dictionary, entriesOf } from './dictionary';
import { cellEdges, type Nodes } from './edges';
import { drawGenotype, type Genotype, operationsOf } from './genotype';
import { type OperationName, usualOperations } from './operations/defined';
import { OPERATION_NAMES } from './operations/table';

/** The spaces that the command line knows. */
export const SPACE_NAMES = ['standard', 'task-aware', 'random-space'] as const;
/** A search space that the command line knows. */
export type SpaceName = (typeof SPACE_NAMES)[number];

/** The operations that a search may put on an edge. */
export interface SearchSpace {
  /** One of `SPACE_NAMES`, or any name for a space of your own. */
  readonly name: SpaceName | (string & Record<never, never>);
  /** What may stand on an edge. */
  readonly operations: readonly OperationName[];
  /** What cells are drawn from, an operation as often as it stands here; default: each equally often. */
  readonly draws?: readonly OperationName[];
  /** How the space came about, as a sentence for the report. */
  readonly reason: string;
}

/** A search space that has too few cells for what is asked of it. */
export class SearchSpaceError extends TaskgradError {
  constructor(message: string) {
    super('SEARCH_SPACE', message);
  }
}

/** How many of a task's best genotypes lend their operations: more of them would soon use all ten. */
const BEST = 2;
/** Below it there is nothing to search. */
export const FEWEST_OPERATIONS = 2;

/**
 * The ten operations that FUSE draws from.
 * @example
 * ```ts
 * nas.standardSpace.operations.length; // → 10
 * ```
 */
export const standardSpace: SearchSpace = {
  name: 'standard',
  operations: OPERATION_NAMES,
  reason: 'all operations',
};

/** What `draw_operation` of Le et al. gives in the place of three of the ten that it draws. */
const REPLACED: Readonly<Record<string, OperationName>> = {
  none: 'sep_conv_3x3',
  avg_pool_3x3: 'max_pool_3x3',
  sep_conv_7x7: 'dil_conv_3x3',
};

/**
 * The seven operations that the public program of FUSE draws, three of them twice as often.
 * Source: lephuoccat/log-det-distance-NAS, operation.py.
 */
export const programSpace: SearchSpace = {
  name: 'standard',
  operations: OPERATION_NAMES.filter((name) => !(name in REPLACED)),
  draws: OPERATION_NAMES.map((name) => REPLACED[name] ?? name),
  reason: 'the seven operations that the public program draws, three of them twice as often',
};

/**
 * What the best known genotypes of the closest task use. Where the dictionary knows none, or they use fewer than two
 * operations, the whole space, and the reason says so.
 * @param whole what those genotypes were drawn from; default: the standard space, with operations of the program's own
 * @example
 * ```ts
 * const cell = nas.makeGenotype(3, 1, { '01': 'sep_conv_3x3', '02': 'skip_connect', '12': 'skip_connect' });
 * const { operations } = nas.taskAwareSpace('3', nas.withEntry({}, '3', cell, 0.97));
 * operations; // → ['skip_connect', 'sep_conv_3x3']
 * ```
 */
export function taskAwareSpace(
  closestTask: string,
  dictionary: Dictionary,
  whole?: SearchSpace,
): SearchSpace {
  checkEntries('taskAwareSpace', dictionary, closestTask);
  const all = whole?.operations ?? usualOperations();
  const best = entriesOf(dictionary, closestTask).slice(0, BEST);
  const used = new Set(best.flatMap(({ genotype }) => operationsOf(genotype)));
  const operations = all.filter((name) => used.has(name));
  const hashes = best.map(({ genotype }) => genotype.hash).join(' and ');
  if (operations.length >= FEWEST_OPERATIONS) {
    const left = `${operations.length} of ${all.length} operations`;
    const reason = `${left}: those of the best known cells (${hashes}) of the closest task ${closestTask}`;
    return { name: 'task-aware', operations, reason };
  }
  const why =
    best.length === 0
      ? `the dictionary has no cell for the closest task ${closestTask}`
      : `the best known cells of the closest task ${closestTask} use only ${operations.join()}`;
  const { reason, ...space } = whole ?? standardSpace;
  return { ...space, reason: `${reason}, since ${why}` };
}

/**
 * So many operations, drawn at random: what a narrow space does that no task has chosen.
 * @param all of which; default: those of the standard space, and the program's own
 * @throws SearchSpaceError unless there are so many
 */
export function randomSpace(
  size: number,
  random: Random,
  all: readonly OperationName[] = usualOperations(),
): SearchSpace {
  if (!Number.isInteger(size) || size < FEWEST_OPERATIONS || size > all.length) {
    throw new SearchSpaceError(
      `a random space of ${size} operations; there are ${all.length}, and a search needs ${FEWEST_OPERATIONS} or more`,
    );
  }
  const drawn = new Set(random.shuffle([...all]).slice(0, size));
  const operations = all.filter((name) => drawn.has(name));
  return { name: 'random-space', operations, reason: `${size} of ${all.length} operations, drawn at random` };
}

/**
 * A network but for its operations, which a search chooses. With a backbone whose reductions are cells, a search draws
 * a reduction cell beside the normal one.
 */
export interface CellFrame extends Surroundings {
  /** Nodes of each cell. */
  readonly nodes: Nodes;
  /** Channels of the first cell's nodes. */
  readonly channels: number;
}

/** How many genotypes a space has. */
export const cellsIn = (
  { operations }: Pick<SearchSpace, 'operations'>,
  { nodes, backbone }: Pick<CellFrame, 'nodes' | 'backbone'>,
): number => new Set(operations).size ** ((drawsReduction(backbone) ? 2 : 1) * cellEdges(nodes).length);

/** Draws genotypes, each by itself: one may come twice. */
export const drawAny = (
  { operations, draws = operations }: SearchSpace,
  { nodes, channels, backbone }: CellFrame,
  count: number,
  random: Random,
): Genotype[] =>
  Array.from({ length: count }, () => drawGenotype(draws, random, nodes, channels, drawsReduction(backbone)));

/**
 * Draws genotypes that differ from each other and from `known`. Where the space has too few that are not known, they
 * differ from each other and from `rivals`.
 * @throws SearchSpaceError if the space has too few cells
 */
export function drawDistinct(
  { operations, draws = operations }: SearchSpace,
  { nodes, channels, backbone }: CellFrame,
  count: number,
  random: Random,
  rivals: readonly Genotype[] = [],
  known: readonly Genotype[] = rivals,
): Genotype[] {
  const cells = cellsIn({ operations }, { nodes, backbone });
  if (cells < count + rivals.length) {
    const has = `the search space has ${cells} cells of ${nodes} nodes (operations: ${operations.join(', ') || 'none'})`;
    throw new SearchSpaceError(
      `${has}, ${count + rivals.length} different ones are needed; allow more operations or fewer candidates`,
    );
  }
  const fresh = new Set(known.map(({ hash }) => hash)).size + count <= cells;
  const taken = new Set((fresh ? [...known, ...rivals] : rivals).map(({ hash }) => hash));
  const drawn: Genotype[] = [];
  while (drawn.length < count) {
    const genotype = drawGenotype(draws, random, nodes, channels, drawsReduction(backbone));
    if (taken.has(genotype.hash)) continue;
    taken.add(genotype.hash);
    drawn.push(genotype);
  }
  return drawn;
}
