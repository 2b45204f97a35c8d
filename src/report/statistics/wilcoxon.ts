import { ranks } from './rank-correlation';

/** Differences that differ by rounding alone, as a share of the largest, are equal: errors are whole images. */
const ROUNDING = 1e-9;

/** The exact test of paired differences. */
export interface SignedRanks {
  /** Two-sided: how often random signs make rank sums as far apart as these, or farther. */
  readonly p: number;
  /** Sum of the ranks of the differences above 0, and of those below. */
  readonly above: number;
  readonly below: number;
}

/**
 * Wilcoxon's signed-rank test of paired differences, exact for any number of them: whether they lie on both sides of 0
 * as those do whose signs are thrown. Equal sizes share the mean of their ranks. Zeros are ranked with the others and
 * left out afterwards (Pratt 1959). All 2ⁿ signs of the others are counted, with the ranks as they are.
 *
 * Without ties and zeros p is that of SciPy's `wilcoxon(d, method='exact')`; with them that of
 * `wilcoxon(d, zero_method='pratt', method=PermutationMethod(n_resamples=inf))`, since 'exact' takes no notice of ties.
 * @throws RangeError on no differences, or one that is not finite
 */
export function signedRankTest(differences: readonly number[]): SignedRanks {
  if (differences.length === 0) throw new RangeError('signedRankTest: no differences, expected at least one');
  const strange = differences.find((value) => !Number.isFinite(value));
  if (strange !== undefined)
    throw new RangeError(`signedRankTest: a difference of ${strange}, expected finite numbers`);
  const largest = Math.max(...differences.map(Math.abs));
  const sizes = differences.map((value) =>
    largest > 0 ? Math.round(Math.abs(value) / (largest * ROUNDING)) : 0,
  );
  const ranked = ranks(sizes).map((rank) => rank + 1);
  const sum = (isOf: (value: number) => boolean) =>
    ranked.reduce((sum, rank, i) => (sizes[i] > 0 && isOf(differences[i]) ? sum + rank : sum), 0);
  const [above, below] = [sum((value) => value > 0), sum((value) => value < 0)];
  const thrown = rankSums(ranked.filter((_, i) => sizes[i] > 0));
  // Ranks are halves: the distribution is over twice their sum.
  const tail = thrown.slice(0, 2 * Math.min(above, below) + 1).reduce((sum, share) => sum + share, 0);
  return { p: Math.min(1, 2 * tail), above, below };
}

/** The least two-sided p that so many pairs can have: all differences on one side. */
export const leastSignedRankP = (pairs: number): number => Math.min(1, 2 ** (1 - pairs));

/** How often each sum of ranks comes up when every rank is taken or left by the throw of a coin, by twice the sum. */
function rankSums(ranked: readonly number[]): Float64Array {
  let shares = Float64Array.of(1);
  for (const rank of ranked) {
    const step = 2 * rank;
    const next = new Float64Array(shares.length + step);
    for (const [sum, share] of shares.entries()) {
      next[sum] += share / 2;
      next[sum + step] += share / 2;
    }
    shares = next;
  }
  return shares;
}
