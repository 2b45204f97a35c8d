import * as z from 'zod';
import { grouped } from './grouped';
import { bootstrapInterval, intervalSchema } from './statistics/bootstrap';
import { rankCorrelation } from './statistics/rank-correlation';
import { spreadOf, spreadSchema } from './statistics/spread';
import { gainOf, type TransferRun } from './transfer-run';

/** Spearman's ρ for each seed, and its spread over the seeds that have one: equal values or gains have no order. */
export const correlationSchema = z.strictObject({
  perSeed: z.array(z.number().min(-1).max(1).nullable()),
  spread: spreadSchema.nullable(),
});
/** Resamples of fewer sources are of two or three places: their ρ says nothing. */
const LEAST_SOURCES = 5;

/**
 * The same over the sources of one target, with its interval over sources and seeds; null where sources are fewer than
 * five, or some run is missing.
 */
export const targetCorrelationSchema = z.strictObject({
  ...correlationSchema.shape,
  interval: intervalSchema.nullable(),
});
export type Correlation = z.infer<typeof correlationSchema>;

/** ρ of a number of the runs and the accuracy gained, over all runs of a seed. */
export function correlationOf(
  runs: readonly TransferRun[],
  value: (run: TransferRun) => number,
): Correlation {
  const perSeed = grouped(runs, ({ seed }) => seed).map((some) =>
    rankCorrelation(some.map(value), some.map(gainOf)),
  );
  const defined = perSeed.filter((rho) => rho !== null);
  return { perSeed, spread: defined.length > 0 ? spreadOf(defined) : null };
}

/** ρ over the sources of one target, and how sure its mean over the seeds is. @param runs of one target */
export function targetCorrelation(
  runs: readonly TransferRun[],
  value: (run: TransferRun) => number,
): z.infer<typeof targetCorrelationSchema> {
  const sources = [...new Set(runs.map(({ source }) => source))];
  const bySeed = grouped(runs, ({ seed }) => seed).map((own) =>
    sources.map((source) => own.find((run) => run.source === source)),
  );
  const isWhole = bySeed.every((own) => own.every((run) => run));
  const meanRho = (drawn: readonly number[], seeds: readonly number[]): number | null => {
    const rhos = seeds.map((seed) => {
      const own = drawn.flatMap((source) => bySeed[seed][source] ?? []);
      return rankCorrelation(own.map(value), own.map(gainOf));
    });
    const defined = rhos.filter((rho) => rho !== null);
    return defined.length > 0 ? spreadOf(defined).mean : null;
  };
  return {
    ...correlationOf(runs, value),
    interval:
      isWhole && sources.length >= LEAST_SOURCES
        ? bootstrapInterval([sources.length, bySeed.length], ([drawn, seeds]) => meanRho(drawn, seeds))
        : null,
  };
}
