import { closestTask } from '../fisher/closest';
import type { Distance, DistanceSummary } from './results';
import type { PairMatrix } from './statistics/pair-correlation';

type Closest = DistanceSummary['closest'][number];

/**
 * The closest source of each target by the means over the seeds, and how many seeds by themselves make it the closest.
 * @param ids of the tasks, in the order of the matrices [source][target]
 * @param perSeed a matrix a seed; with fewer than two nothing is said of how many agree
 */
export function closestRows(
  ids: readonly string[],
  mean: PairMatrix,
  perSeed: readonly PairMatrix[],
): Closest[] {
  return ids.map((task, target) => {
    const source = closestTask(mean, target);
    const seeds = perSeed.filter((matrix) => closestTask(matrix, target) === source).length;
    return {
      task,
      closest: ids[source],
      distance: mean[source][target],
      ...(perSeed.length > 1 && { agree: { seeds, of: perSeed.length } }),
    };
  });
}

/** ' (3 of 5 seeds)', where it is known how many agree; ' (one seed)' of a single one. */
export function agreeWords(
  { agree }: Closest,
  { seeds, averaged }: Pick<Distance, 'seeds' | 'averaged'>,
): string {
  if (agree) return ` (${agree.seeds} of ${agree.of} seeds)`;
  return seeds.length === 1 && !averaged ? ' (one seed)' : '';
}
