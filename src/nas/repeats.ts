/** One figure over repetitions with other seeds: how many, their mean and sample standard deviation (0 for one). */
export interface Repeats {
  readonly n: number;
  readonly mean: number;
  readonly sd: number;
}

/** @throws RangeError on no values */
export function repeatsOf(values: readonly number[]): Repeats {
  const n = values.length;
  if (n === 0) throw new RangeError('repeatsOf: no values, expected at least one');
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, sd: n < 2 ? 0 : Math.sqrt(squares / (n - 1)) };
}

/** The seeds of a repetition: `seed`, `seed` + 1, ... */
export function seedsFrom(seed: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => seed + i);
}

/**
 * Does one experiment with each seed in turn, as a whole search with the training and the test of its winner.
 * @param once has to keep what it finishes if it is to be resumed: an interruption passes through
 * @returns what each seed gave, and the spread of their test errors
 */
export async function repeated<Result extends { readonly testError: number }>(
  seeds: readonly number[],
  once: (seed: number) => Promise<Result>,
): Promise<{ results: readonly Result[]; repeats: Repeats }> {
  const results: Result[] = [];
  for (const seed of seeds) results.push(await once(seed));
  return { results, repeats: repeatsOf(results.map(({ testError }) => testError)) };
}
