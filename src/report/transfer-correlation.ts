import * as z from 'zod';
import { grouped } from './grouped';
import { rankCorrelation } from './statistics/rank-correlation';
import { spreadOf, spreadSchema } from './statistics/spread';
import { gainOf, type TransferRun } from './transfer-run';

/** Spearman's ρ for each seed, and its spread over the seeds that have one: equal values or gains have no order. */
export const correlationSchema = z.strictObject({
  perSeed: z.array(z.number().min(-1).max(1).nullable()),
  spread: spreadSchema.nullable(),
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
