import type { Module } from '../nn/module';
import {
  aFunction,
  aList,
  aNumber,
  checkAll,
  checkArgument,
  options as fields,
  listOf,
  numbers,
} from '../tensor/guard';
import { InterruptedError } from '../training/errors';
import { type Batches, type Diagonal, diagonal } from './diagonal';
import { DEFAULT_EPSILON, frechetDistance, logDetDistance } from './distance';
import type { Estimator } from './estimators';
import { normalize } from './normalize';

export interface Distances {
  readonly logdet: number;
  readonly frechet: number;
}

/** What a cell is known by: 'seed/source/target', with the tasks' ids. */
export type CellKey = `${number}/${string}/${string}`;

/** Distance from one task to another under one seed. */
export interface Cell extends Distances {
  readonly key: CellKey;
  readonly seed: number;
  /** Ids of the tasks. */
  readonly source: string;
  readonly target: string;
}

export interface TaskData {
  /** Opens the task's test data, anew at each call; every network is taken over the same. */
  readonly batches: () => Batches;
  readonly classes: number;
}

export interface MatrixOptions<Task extends { readonly id: string }> {
  readonly tasks: readonly Task[];
  readonly seeds: readonly number[];
  /** Network trained on a task; asked once for each seed and task, and stays the caller's. */
  readonly networkOf: (task: Task, seed: number) => Promise<Module>;
  readonly dataOf: (task: Task) => TaskData | Promise<TaskData>;
  readonly estimator?: Estimator;
  /** Of the log-det distance; default 1e-10. */
  readonly epsilon?: number;
  /** Told each cell computed, for saving and progress. */
  readonly onCell?: (cell: Cell) => void | Promise<void>;
  /** Cells computed earlier; they are not computed again. */
  readonly known?: Readonly<Record<string, Distances>>;
  /** Stops before the next cell. */
  readonly signal?: AbortSignal;
}

/** A distance over all pairs of tasks: [source][target], in the order of the tasks. */
export interface Summary {
  readonly mean: number[][];
  /** Sample standard deviation over the seeds; 0 for one seed. */
  readonly sd: number[][];
  /** One matrix a seed. */
  readonly perSeed: number[][][];
}

/**
 * Distances between tasks: for each seed from every source to every target, with the Fisher of the source's network
 * and that of the target's own, both on the target's data, both normalised; 0 from a task to itself. Where the source
 * has fewer classes its logits, and its head's Fisher, are padded with zeros; where it has more, the target's head is.
 * @throws InterruptedError when `signal` was aborted; what `diagonal` and the distances throw
 */
export async function distanceMatrix<Task extends { readonly id: string }>(
  options: MatrixOptions<Task>,
): Promise<{ logdet: Summary; frechet: Summary }> {
  checkArgument('distanceMatrix', 'options', options, matrixOptions);
  const { tasks, seeds } = options;
  const bySeed: Distances[][][] = [];
  for (const seed of seeds) {
    const columns: Distances[][] = [];
    const networks = cached((task: Task) => options.networkOf(task, seed));
    for (const target of tasks) columns.push(await distancesTo(target, seed, networks, options));
    bySeed.push(tasks.map((_, source) => columns.map((column) => column[source])));
  }
  return {
    logdet: summarise(bySeed.map((matrix) => matrix.map((row) => row.map(({ logdet }) => logdet)))),
    frechet: summarise(bySeed.map((matrix) => matrix.map((row) => row.map(({ frechet }) => frechet)))),
  };
}

/** Index of the source, other than the target, from which the target is least far; the first of equals. */
export function closestTask(mean: readonly (readonly number[])[], target: number): number {
  checkAll('closestTask', { mean: [mean, listOf('rows', numbers)], target: [target, aNumber] });
  const sources = mean.map((_, source) => source).filter((source) => source !== target);
  if (sources.length === 0 || target < 0 || target >= mean.length || !Number.isInteger(target)) {
    throw new RangeError(`closestTask: target ${target} has no other task in a matrix of ${mean.length}`);
  }
  return sources.reduce((best, source) => (mean[source][target] < mean[best][target] ? source : best));
}

/** Distances from each task to one target under one seed. */
async function distancesTo<Task extends { readonly id: string }>(
  target: Task,
  seed: number,
  networkOf: (task: Task) => Promise<Module>,
  options: MatrixOptions<Task>,
): Promise<Distances[]> {
  const { tasks, dataOf, estimator, epsilon = DEFAULT_EPSILON, onCell, known = {}, signal } = options;
  const fisher = async (task: Task): Promise<Diagonal> => {
    const net = await networkOf(task);
    const { batches, classes } = await dataOf(target);
    const raw = await diagonal(net, batches(), { estimator, classes, seed });
    const normal = normalize(raw);
    free(raw);
    return normal;
  };
  let own: Diagonal | undefined;
  const distances: Distances[] = [];
  try {
    for (const source of tasks) {
      const key: CellKey = `${seed}/${source.id}/${target.id}`;
      if (source === target) {
        distances.push({ logdet: 0, frechet: 0 });
        continue;
      }
      if (Object.hasOwn(known, key)) {
        distances.push(known[key]);
        continue;
      }
      if (signal?.aborted) throw new InterruptedError();
      own ??= await fisher(target);
      const other = await fisher(source);
      try {
        const logdet = await logDetDistance(other, own, { epsilon });
        const frechet = await frechetDistance(other, own);
        distances.push({ logdet, frechet });
        await onCell?.({ key, seed, source: source.id, target: target.id, logdet, frechet });
      } finally {
        free(other);
      }
    }
  } finally {
    if (own) free(own);
  }
  return distances;
}

function cached<Key, Value>(make: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const made = new Map<Key, Promise<Value>>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

function summarise(perSeed: number[][][]): Summary {
  const over = (statistic: (values: number[]) => number): number[][] =>
    (perSeed[0] ?? []).map((row, source) =>
      row.map((_, target) => statistic(perSeed.map((matrix) => matrix[source][target]))),
    );
  return { mean: over(mean), sd: over(sampleDeviation), perSeed };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function sampleDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

function free(fisher: Diagonal): void {
  for (const tensor of fisher.values()) tensor.dispose();
}

const matrixOptions = fields({ tasks: aList, seeds: numbers, networkOf: aFunction, dataOf: aFunction });
