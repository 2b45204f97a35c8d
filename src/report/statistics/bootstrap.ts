import * as z from 'zod';
import { Random } from '../../tensor/random';
import { quantile } from './quantile';

/** Ends of an interval. */
export const intervalSchema = z.strictObject({ low: z.number(), high: z.number() });
export type Interval = z.infer<typeof intervalSchema>;

const RESAMPLES = 2_000;
/** Stream of the seed, so that nothing else draws the same numbers. */
const STREAM = 0x626f6f74;
const SEED = 0;

/**
 * Interval of a statistic by the percentile bootstrap: between its 2.5 % and 97.5 % quantiles over 2,000 resamples.
 * What is resampled, each kind by itself and with replacement, has to be independent of its like. For several kinds
 * that are crossed, as tasks and seeds are, see Owen 2007, 'The pigeonhole bootstrap'. The same numbers are drawn
 * each time.
 * @param counts how many there are of each kind, as `[4, 3]` for 4 tasks and 3 seeds
 * @param statistic from which of each kind were drawn, with repeats; null where a draw has none and is left out
 * @param coverage share of the resamples that lies inside
 * @returns null where no resample has the statistic
 */
export function bootstrapInterval(
  counts: readonly number[],
  statistic: (draws: readonly (readonly number[])[]) => number | null,
  coverage = 0.95,
): Interval | null {
  const random = new Random(SEED, STREAM);
  const values: number[] = [];
  for (let resample = 0; resample < RESAMPLES; resample++) {
    const value = statistic(counts.map((count) => Array.from({ length: count }, () => random.int(count))));
    if (value !== null) values.push(value);
  }
  if (values.length === 0) return null;
  const outside = (1 - coverage) / 2;
  return { low: quantile(values, outside), high: quantile(values, 1 - outside) };
}
