import { aText, checkAll, kind, options } from '../../tensor/guard';
import { Random } from '../../tensor/random';
import { parseArchitecture } from '../architecture-text';
import { cellEdges } from '../edges';
import { operationsOf } from '../genotype';
import type { SearchMethod } from '../methods/method';
import { SEARCH_METHODS, type SearchMethodName, searchMethod } from '../methods/table';
import type { OperationName } from '../operations/defined';
import type { TableSplit } from '../table/data';
import { Table, TableError } from '../table/table';
import { Board, Game, type Replay } from './game';

/** How a method is replayed on a table. */
export interface ReplayOptions {
  /** Trained networks that a search may ask for. */
  readonly queries: number;
  /** How often it is replayed; default 500. */
  readonly seeds?: number;
  /** First seed; the others follow. Default 0. */
  readonly seed?: number;
  /** Default: the table's first task. */
  readonly task?: string;
  /** What the search is told; default: 'validation', where the table has it. */
  readonly sees?: TableSplit;
  /** What its find is judged by; default: 'test'. */
  readonly judgedBy?: TableSplit;
  /** The search may ask for cells of these alone; regret and rank stay those among all. Default: all of the table's. */
  readonly operations?: readonly OperationName[];
}

/** Regret after so many queries: percentage points that the best cell so far, by what the search saw, is below the best of all. */
export interface ReplayPoint {
  /** Networks asked for. */
  readonly queries: number;
  /** Mean over the seeds. */
  readonly mean: number;
  /** Ends of the mean's 95 % confidence interval: 1.96 standard errors on both sides. */
  readonly ci: readonly [low: number, high: number];
  /** Mean rank of that cell among the table's networks: 1 for the best; see `Table.rank`. */
  readonly rank: number;
  /** Ends of its interval, likewise. */
  readonly rankCi: readonly [low: number, high: number];
}

/** What came of the replays of a method. */
export interface Replayed {
  /** The method's name. */
  readonly method: string;
  /** Number of replays. */
  readonly seeds: number;
  /** A point after each query. */
  readonly curve: readonly ReplayPoint[];
  /** Of each seed, after the last query. */
  readonly regrets: readonly number[];
  /** Ranks likewise. */
  readonly ranks: readonly number[];
  /** Likewise, what was found: places of cells in the table. */
  readonly places: readonly number[];
}

const replayOptions = options({ queries: kind('a whole number of at least 1', (value) => isCount(value)) });
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 1;

/** Names of the methods that can be replayed. */
export const replayable = (): SearchMethodName[] =>
  SEARCH_METHODS.filter((method: SearchMethod) => method.replay).map(({ name }) => name);

/**
 * Replays a search method on a table, whose figures stand for trained networks: random search, evolution, or FUSE's
 * tournament with accuracies in the place of α. Methods that train a supernet cannot be replayed.
 * @throws TableError on a method that cannot be replayed, or accuracies that the table does not have; ArgumentError
 * @example
 * ```ts
 * const cells = ['none', 'skip_connect'].flatMap((a) =>
 *   ['none', 'skip_connect'].map((b) => `|${a}~0|+|${b}~0|none~1|`),
 * );
 * const table = new nas.Table({
 *   ...{ format: 'taskgrad table 1', name: 'four cells', source: 'made up' },
 *   space: { name: 'mine', operations: ['none', 'skip_connect'], nodes: 3, joins: 'sums' },
 *   cells,
 *   columns: [{ task: '3', split: 'test', accuracy: [[10, 80, 10, 90]] }],
 * });
 * const { curve } = nas.replay(table, 'random', { queries: 4, seeds: 20 });
 * curve[3].mean; // → 0
 * ```
 */
export function replay(table: Table, method: SearchMethodName, given: ReplayOptions): Replayed {
  checkAll('replay', {
    table: [table, kind('a Table, as nas.readTable gives', (value) => value instanceof Table)],
    method: [method, aText],
    options: [given, replayOptions],
  });
  const { queries, seeds = 500, seed: first = 0 } = given;
  if (!isCount(seeds))
    throw new TableError(`replay: seeds is ${seeds}, expected a whole number of at least 1`);
  const { replay: play } = searchMethod(method);
  if (!play)
    throw new TableError(
      `replay: ${method} trains all cells in one network, which a table knows nothing of; expected one of ${replayable().join(', ')}`,
    );
  const { board, places, ranks, best } = boardOf(table, given);
  const runs = Array.from({ length: seeds }, (_, i) => foundBy(play, board, first + i, queries));
  const regret = (cell: number) => best - board.judged[cell];
  const rank = (cell: number) => ranks[cell];
  const curve = Array.from({ length: queries }, (_, at) => {
    const [regrets, own] = [regret, rank].map((of) => meanOf(runs.map((run) => of(run[at]))));
    return { queries: at + 1, ...regrets, rank: own.mean, rankCi: own.ci };
  });
  const last = runs.map((run) => run[queries - 1]);
  return {
    ...{ method, seeds, curve },
    ...{ regrets: last.map(regret), ranks: last.map(rank), places: last.map((cell) => places[cell]) },
  };
}

/** After each query, the best cell so far. */
function foundBy(play: Replay, board: Board, seed: number, queries: number): readonly number[] {
  const game = new Game(board, new Random(seed, STREAM), queries);
  play(game);
  return game.found;
}

/** Stream of the seeds. */
const STREAM = 0x6e617270;

function meanOf(values: readonly number[]): Pick<ReplayPoint, 'mean' | 'ci'> {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, count - 1);
  const half = 1.96 * Math.sqrt(variance / count);
  return { mean, ci: [mean - half, mean + half] };
}

/** The cells that have both figures and no other operations, their places and ranks; and the best of all cells. */
function boardOf(
  table: Table,
  { task = table.data.columns[0].task, sees, judgedBy = 'test', operations }: ReplayOptions,
): { board: Board; places: readonly number[]; ranks: Float64Array; best: number } {
  const { space, cells, columns } = table.data;
  const has = (split: TableSplit) => columns.some((column) => column.task === task && column.split === split);
  const seen = table.accuracies({ task, split: sees ?? (has('validation') ? 'validation' : judgedBy) });
  const judged = table.accuracies({ task, split: judgedBy });
  const measured = [...cells.keys()].filter((place) => !Number.isNaN(seen[place] + judged[place]));
  if (measured.length === 0)
    throw new TableError(`replay: table ${table.data.name} has no cell with figures for ${task}`);
  const allowed = new Set<string>(operations ?? space.operations);
  const edges = cellEdges(space.nodes);
  const kept = measured.flatMap((place) => {
    const genotype = parseArchitecture(cells[place], 1);
    if (!operationsOf(genotype).every((name) => allowed.has(name))) return [];
    return [
      { place, digits: Uint8Array.from(edges, (edge) => space.operations.indexOf(genotype.edges[edge])) },
    ];
  });
  if (kept.length === 0)
    throw new TableError(
      `replay: no cell of table ${table.data.name} has figures for ${task} and operations of ${[...allowed].join(', ')} alone; its operations are ${space.operations.join(', ')}`,
    );
  const places = kept.map(({ place }) => place);
  const pick = (values: Float64Array) => Float64Array.from(places, (place) => values[place]);
  const digits = kept.map((cell) => cell.digits);
  const board = new Board(digits, space.operations.length, pick(seen), pick(judged));
  const best = measured.reduce((most, place) => Math.max(most, judged[place]), 0);
  return { board, places, ranks: pick(table.ranks({ task, split: judgedBy })), best };
}
