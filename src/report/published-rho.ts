import { publishedLogDetMeans } from './published';
import { bootstrapInterval, type Interval } from './statistics/bootstrap';
import { LEAST_THINGS, type PairMatrix } from './statistics/pair-correlation';
import { rankCorrelation } from './statistics/rank-correlation';

/** How far the order of our distances is the published one. */
export interface PublishedRho {
  /** Tasks that were measured and published. */
  readonly tasks: number;
  /** Spearman's ρ of the means; null where all entries are equal. */
  readonly rho: number | null;
  /** 95 % interval, over these tasks and the seeds; null where ρ is, and over fewer than four tasks. */
  readonly interval: Interval | null;
}

/**
 * Spearman's ρ of our log-det means over the seeds and the published ones, off the diagonal, over the tasks that were
 * published. Pairs share their tasks, so tasks are resampled, each with its row and its column, and seeds beside them.
 * @param ids of the tasks, in the order of the matrices [source][target]
 * @param perSeed a matrix a seed, or the matrix of means alone: then the interval is over tasks
 * @returns null where fewer than two of the tasks were published
 */
export function publishedRho(ids: readonly string[], perSeed: readonly PairMatrix[]): PublishedRho | null {
  const present = ids.flatMap((id, i) => (publishedLogDetMeans([id]) ? [i] : []));
  const published = publishedLogDetMeans(present.map((i) => ids[i]));
  if (!published || present.length < 2) return null;
  const rhoOf = (tasks: readonly number[], seeds: readonly number[]): number | null => {
    const pairs = tasks.flatMap((source) =>
      tasks.filter((target) => target !== source).map((target) => [source, target]),
    );
    const ours = pairs.map(
      ([source, target]) =>
        seeds.reduce((sum, seed) => sum + perSeed[seed][present[source]][present[target]], 0) / seeds.length,
    );
    return rankCorrelation(
      ours,
      pairs.map(([source, target]) => published[source][target]),
    );
  };
  const rho = rhoOf([...present.keys()], [...perSeed.keys()]);
  const interval =
    rho === null || present.length < LEAST_THINGS
      ? null
      : bootstrapInterval([present.length, perSeed.length], ([tasks, seeds]) => rhoOf(tasks, seeds));
  return { tasks: present.length, rho, interval };
}

/** '0.53 (95 % interval -0.10 to 0.90, over 4 tasks and 3 seeds)', or '1.00 (over 2 tasks, too few for an interval)'. */
export function rhoText({ rho, interval, tasks }: PublishedRho, seeds: number): string {
  if (rho === null) return 'none, as all entries are equal';
  const over = `over ${tasks} tasks${seeds > 1 ? ` and ${seeds} seeds` : ''}`;
  if (!interval) return `${rho.toFixed(2)} (${over}, too few for an interval)`;
  return `${rho.toFixed(2)} (95 % interval ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}, ${over})`;
}
