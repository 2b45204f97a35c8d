import { closestTask } from '../../fisher/closest';
import { summarise } from '../../fisher/summary';
import type { DistanceKind } from '../../report/distance-kind';
import type { SeedCell } from '../protocol';

/** Distances between tasks, [source][target], and how far they depend on the networks' first weights. */
export interface SeedDistances {
  readonly mean: readonly (readonly number[])[];
  /** Sample standard deviation over the seeds. */
  readonly sd: readonly (readonly number[])[];
  /** For each task the standard deviation of its distances, in both directions and over all other tasks (their root mean square). */
  readonly blur: readonly number[];
  /** Mean distance between networks of one task that began from other weights. */
  readonly nullDistance: number;
}

/** Sums cells up over seeds 1 to `seeds`; nothing while some are missing. */
export function overSeeds(
  cells: readonly SeedCell[],
  ids: readonly string[],
  kind: DistanceKind,
  seeds: number,
): SeedDistances | undefined {
  const between = new Map(
    cells
      .filter(({ seed, otherSeed }) => otherSeed === undefined && seed <= seeds)
      .map((cell) => [`${cell.seed}/${cell.source}/${cell.target}`, cell[kind]]),
  );
  const nulls = cells.filter(
    ({ seed, otherSeed }) => otherSeed !== undefined && Math.max(seed, otherSeed) <= seeds,
  );
  if (between.size < seeds * ids.length * (ids.length - 1) || nulls.length === 0) return undefined;
  const perSeed = Array.from({ length: seeds }, (_, i) =>
    ids.map((source) => ids.map((target) => between.get(`${i + 1}/${source}/${target}`) ?? 0)),
  );
  const { mean, sd } = summarise(perSeed);
  return {
    mean,
    sd,
    blur: ids.map((_, i) => blurOf(sd, i)),
    nullDistance: nulls.reduce((sum, cell) => sum + cell[kind], 0) / nulls.length,
  };
}

function blurOf(sd: readonly (readonly number[])[], task: number): number {
  const squares = sd.flatMap((row, other) => (other === task ? [] : [row[task] ** 2, sd[task][other] ** 2]));
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
}

/** For each task the one whose networks are least far from it: that which FUSE would ask for cells. */
export const closestTasks = (distances: readonly (readonly number[])[]): number[] =>
  distances.map((_, target) => closestTask(distances, target));
