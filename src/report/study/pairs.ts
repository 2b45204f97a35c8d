import * as z from 'zod';
import { grouped } from '../grouped';
import { pairedDifferences, pairedEffect, winRate } from '../statistics/effect-size';
import { holm } from '../statistics/holm';
import { signedRankTest } from '../statistics/wilcoxon';
import { endsSchema, meanInterval } from './arms';
import { armOf, blockOf, type StudyRun } from './run';

/** Chance of a false alarm, over all that is compared. */
export const LEVEL = 0.05;

const share = z.number().min(0).max(1);

/** Two methods over the tasks and seeds that both have. */
export const pairSchema = z.strictObject({
  a: z.string().min(1),
  b: z.string().min(1),
  /** Runs of each. */
  n: z.int().positive(),
  /** Each difference in test error, a less b, as shares, in the order of tasks and seeds. */
  differences: z.array(z.number()).min(1),
  /** Their mean. */
  difference: z.number(),
  /** 95 % interval of the mean; null where a task has one seed. */
  ci: endsSchema.nullable(),
  /** Of Wilcoxon's exact signed-rank test, two-sided. */
  p: share,
  /** The same with Holm's correction for all pairs of the study, or of all its tasks one by one. */
  holm: share,
  /** Share of the pairs in which a has the lower error, equal ones by half. */
  wins: share,
  /** Cohen's d of the differences; null where they do not vary. */
  effect: z.number().nullable(),
});
export type Pair = z.infer<typeof pairSchema>;

/** Every two methods that share a task and a seed, with p as it is. @param runs in order */
export function comparedPairs(runs: readonly StudyRun[]): Omit<Pair, 'holm'>[] {
  const arms = grouped(runs, armOf);
  return arms.flatMap((first, i) =>
    arms.slice(i + 1).flatMap((second) => {
      const others = new Map(second.map((run) => [blockOf(run), run]));
      const both = first.filter((run) => others.has(blockOf(run)));
      if (both.length === 0) return [];
      const errors = both.map(({ testError }) => testError);
      const beside = both.map((run) => others.get(blockOf(run))?.testError ?? Number.NaN);
      const differences = pairedDifferences(errors, beside);
      return [
        {
          a: armOf(first[0]),
          b: armOf(second[0]),
          n: both.length,
          differences,
          difference: differences.reduce((sum, value) => sum + value, 0) / both.length,
          ci: meanInterval(both, differences),
          p: signedRankTest(differences).p,
          wins: winRate(differences),
          effect: pairedEffect(differences),
        },
      ];
    }),
  );
}

/** Pairs that were compared together, with p corrected for all of them. */
export function withHolm(pairs: readonly Omit<Pair, 'holm'>[]): Pair[] {
  const corrected = holm(pairs.map(({ p }) => p));
  return pairs.map((pair, i) => ({ ...pair, holm: corrected[i] }));
}
