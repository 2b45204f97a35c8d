import * as z from 'zod';
import type { DistanceKind } from './distance-kind';
import { grouped } from './grouped';
import { adapterSchema } from './results';
import { rankCorrelation } from './statistics/rank-correlation';
import { spreadOf, spreadSchema } from './statistics/spread';

const id = z.string().min(1);
const count = z.int().positive();
const share = z.number().min(0).max(1);

/**
 * One source network fine-tuned on one target under one seed. Accuracies are shares of the target's test images.
 */
export const transferRunSchema = z.strictObject({
  seed: z.int().nonnegative(),
  source: id,
  target: id,
  logdet: z.number(),
  frechet: z.number(),
  accuracy: share,
  /** Of a network trained from scratch on the same samples. */
  scratch: share,
});
export type TransferRun = z.infer<typeof transferRunSchema>;

/** Spearman's ρ for each seed, and its spread over the seeds that have one: equal distances or gains have no order. */
const correlationSchema = z.strictObject({
  perSeed: z.array(z.number().min(-1).max(1).nullable()),
  spread: spreadSchema.nullable(),
});
export type Correlation = z.infer<typeof correlationSchema>;

/** A pair of tasks over the seeds. `gain` is the accuracy fine-tuned, less that from scratch, as a share. */
const pairSchema = z.strictObject({
  source: id,
  target: id,
  logdet: spreadSchema,
  frechet: spreadSchema,
  accuracy: spreadSchema,
  gain: spreadSchema,
});
export type Pair = z.infer<typeof pairSchema>;

/** What a target's samples give by themselves, and how well its sources' distances order what they add. */
const targetSchema = z.strictObject({
  task: id,
  scratch: spreadSchema,
  logdet: correlationSchema,
  frechet: correlationSchema,
});
export type TargetSummary = z.infer<typeof targetSchema>;

const summarySchema = z.strictObject({
  pairs: z.array(pairSchema),
  targets: z.array(targetSchema),
  /** Correlations over the pairs of all targets together. */
  all: z.strictObject({ logdet: correlationSchema, frechet: correlationSchema }),
});
export type TransferSummary = z.infer<typeof summarySchema>;

/** All that transfer.json says. A ρ near −1 says that the nearer source transfers better. */
export const transferSchema = z.strictObject({
  ...summarySchema.shape,
  adapter: adapterSchema,
  /** Network of the tasks, with its width. */
  network: z.string().min(1),
  estimator: z.string().min(1),
  seeds: z.array(z.int().nonnegative()).min(1),
  tasks: z.array(z.strictObject({ id, name: z.string().min(1) })).min(2),
  /** Of the fine-tuning: samples of the target at most, and how they were learnt. */
  samples: count,
  epochs: count,
  batchSize: count,
  lr: z.number().positive(),
  runs: z.array(transferRunSchema).min(1),
});
export type Transfer = z.infer<typeof transferSchema>;

const gainOf = ({ accuracy, scratch }: TransferRun) => accuracy - scratch;

/** Means over the seeds and rank correlations between distance and accuracy gained, in the order of the runs. */
export function summariseTransfer(runs: readonly TransferRun[]): TransferSummary {
  const correlations = (some: readonly TransferRun[]) => ({
    logdet: correlationOf(some, 'logdet'),
    frechet: correlationOf(some, 'frechet'),
  });
  const over = (some: readonly TransferRun[], value: (run: TransferRun) => number) =>
    spreadOf(some.map(value));
  const pairs = grouped(runs, ({ source, target }) => JSON.stringify([source, target]));
  const targets = grouped(runs, ({ target }) => target);
  return {
    pairs: pairs.map((some) => ({
      source: some[0].source,
      target: some[0].target,
      logdet: over(some, ({ logdet }) => logdet),
      frechet: over(some, ({ frechet }) => frechet),
      accuracy: over(some, ({ accuracy }) => accuracy),
      gain: over(some, gainOf),
    })),
    targets: targets.map((some) => ({
      task: some[0].target,
      // Every source's run of a seed carries the seed's one scratch network.
      scratch: spreadOf(grouped(some, ({ seed }) => seed).map(([{ scratch }]) => scratch)),
      ...correlations(some),
    })),
    all: correlations(runs),
  };
}

function correlationOf(runs: readonly TransferRun[], kind: DistanceKind): Correlation {
  const perSeed = grouped(runs, ({ seed }) => seed).map((some) =>
    rankCorrelation(
      some.map((run) => run[kind]),
      some.map(gainOf),
    ),
  );
  const defined = perSeed.filter((rho) => rho !== null);
  return { perSeed, spread: defined.length > 0 ? spreadOf(defined) : null };
}
