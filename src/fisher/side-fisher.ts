import type { Batches } from '../data/batch';
import type { Module } from '../nn/module';
import { type Diagonal, diagonal } from './diagonal';
import { FisherError } from './errors';
import type { Estimator } from './estimators';
import { type HeadRule, withoutHead } from './head';
import type { TokenLoss } from './losses';
import { matchedDiagonal } from './match';
import { normalize } from './normalize';
import type { Named, Side } from './sides';

/** Data of a task, on which its own network's Fisher and those of other tasks' networks are taken. */
export interface TaskData {
  /** Opens the data, anew at each call; every network is taken over the same. */
  readonly batches: () => Batches;
  /** Of the task. */
  readonly classes: number;
}

/** How Fishers are taken. */
export interface FisherOptions<Task extends Named> {
  /** Network trained on a task; asked once for each seed and task, and stays the caller's. */
  readonly networkOf: (task: Task, seed: number) => Promise<Module>;
  /** The images that Fishers of a task are taken on; asked for each target. */
  readonly dataOf: (task: Task) => TaskData | Promise<TaskData>;
  /** See `DiagonalOptions`; default 'empirical'. */
  readonly estimator?: Estimator;
  /** Default 'matched'. */
  readonly head?: HeadRule;
  /** Of tasks whose samples are sequences: see `diagonal`. Default 'sum'. */
  readonly tokens?: TokenLoss;
}

/**
 * The normalised Fisher of a side over a task's data, the mean over its seeds.
 * @param isTarget whether the labels of the data are the networks' own
 */
export async function sideFisher<Task extends Named>(
  { task, seeds }: Side<Task>,
  data: TaskData,
  isTarget: boolean,
  options: FisherOptions<Task>,
): Promise<Diagonal> {
  let mean: Diagonal | undefined;
  try {
    for (const [before, seed] of seeds.entries()) {
      const one = await seedFisher(await options.networkOf(task, seed), data, { ...options, seed, isTarget });
      if (mean) {
        moveTowards(mean, one, 1 / (before + 1));
        free(one);
      } else {
        mean = one;
      }
    }
  } catch (error) {
    if (mean) free(mean);
    throw error;
  }
  if (!mean) throw new FisherError('distanceMatrix: there are no seeds to average over; give at least one');
  return mean;
}

interface SeedOptions {
  readonly seed: number;
  readonly isTarget: boolean;
  readonly estimator?: Estimator;
  readonly head?: HeadRule;
  readonly tokens?: TokenLoss;
}

async function seedFisher(
  net: Module,
  { batches, classes }: TaskData,
  options: SeedOptions,
): Promise<Diagonal> {
  const { seed, isTarget, estimator, head = 'matched', tokens } = options;
  const taken = { estimator, classes, seed, tokens };
  const raw =
    head === 'matched' && !isTarget
      ? await matchedDiagonal(net, batches, taken)
      : await diagonal(net, batches(), taken);
  try {
    return normalize(head === 'none' ? bodyOf(raw) : raw);
  } finally {
    free(raw);
  }
}

/** @throws FisherError where there is nothing but a head */
function bodyOf(raw: Diagonal): Diagonal {
  const body = withoutHead(raw);
  if (body.size > 0) return body;
  const names = [...raw.keys()].join(', ');
  throw new FisherError(
    `distanceMatrix: without its head (${names}) the network has no parameters; use head: 'matched' or 'padded'`,
  );
}

/** mean + share · (one − mean), in place. */
function moveTowards(mean: Diagonal, one: Diagonal, share: number): void {
  for (const [name, into] of mean) {
    const other = one.get(name) ?? into;
    into.gpu.kernels.elementwise('old + share * (other - old)', { other }, { scalars: { share }, into });
  }
}

export function free(fisher: Diagonal): void {
  for (const tensor of fisher.values()) tensor.dispose();
}
