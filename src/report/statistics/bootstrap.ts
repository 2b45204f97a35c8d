import * as z from 'zod';
import { Random } from '../../tensor/random';
import { quantile } from './quantile';

/** Ends of an interval. */
export const intervalSchema = z.strictObject({ low: z.number(), high: z.number() });
export type Interval = z.infer<typeof intervalSchema>;

/** From which of each kind a resample is drawn, with repeats. */
export type Draws = readonly (readonly number[])[];

const RESAMPLES = 2_000;
/** Stream of the seed, so that nothing else draws the same numbers. */
const STREAM = 0x626f6f74;
const SEED = 0;

/** 2,000 resamples, the same each time. */
export function* resamples(counts: readonly number[]): Generator<Draws> {
  const random = new Random(SEED, STREAM);
  for (let resample = 0; resample < RESAMPLES; resample++)
    yield counts.map((count) => Array.from({ length: count }, () => random.int(count)));
}

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
  statistic: (draws: Draws) => number | null,
  coverage = 0.95,
): Interval | null {
  return bootstrapIntervals(counts, (draws) => [statistic(draws)], coverage)[0] ?? null;
}

/** The same for several statistics of the same resamples, as the points of a curve are; always as many. */
export function bootstrapIntervals(
  counts: readonly number[],
  statistics: (draws: Draws) => readonly (number | null)[],
  coverage = 0.95,
): (Interval | null)[] {
  const values: number[][] = [];
  for (const draws of resamples(counts)) {
    for (const [i, value] of statistics(draws).entries()) {
      values[i] ??= [];
      if (value !== null) values[i].push(value);
    }
  }
  const outside = (1 - coverage) / 2;
  return values.map((own) =>
    own.length > 0 ? { low: quantile(own, outside), high: quantile(own, 1 - outside) } : null,
  );
}
