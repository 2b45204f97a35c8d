import * as z from 'zod';
import { grouped } from './grouped';
import { predictorScoreSchema, scorePredictors } from './predictor-scores';
import { adapterSchema, nullsSchema } from './results';
import { spreadOf, spreadSchema } from './statistics/spread';
import { correlationOf, correlationSchema } from './transfer-correlation';
import { gainOf, type TransferRun, transferRunSchema } from './transfer-run';
import { verdictOf } from './transfer-verdict';

const id = z.string().min(1);
const count = z.int().positive();

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
  predictors: z.array(predictorScoreSchema),
  /** What they bear out, a sentence a line. */
  verdict: z.array(z.string().min(1)),
});
export type TransferSummary = z.infer<typeof summarySchema>;

const factsSchema = z.strictObject({
  adapter: adapterSchema,
  /** Network of the tasks, with its width. */
  network: z.string().min(1),
  estimator: z.string().min(1),
  seeds: z.array(z.int().nonnegative()).min(1),
  tasks: z.array(z.strictObject({ id, name: z.string().min(1) })).min(2),
  /** Null distances, one a task in the order of `tasks`; not in older files. */
  nulls: nullsSchema.optional(),
  /** Of the fine-tuning: samples of the target at most, and how they were learnt. */
  samples: count,
  epochs: count,
  batchSize: count,
  lr: z.number().positive(),
  runs: z.array(transferRunSchema).min(1),
});
export type TransferFacts = z.infer<typeof factsSchema>;

/** All that transfer.json says. A ρ near −1 says that the sources expected first transfer best. */
export const transferSchema = z.strictObject({ ...factsSchema.shape, ...summarySchema.shape });
export type Transfer = z.infer<typeof transferSchema>;

/** Reads transfer.json, older ones too: what was found is taken from it, and summed up anew. */
export const transferFileSchema = z.object(factsSchema.shape).transform(transferOf);

/** What was found, with its summary. */
export function transferOf(facts: TransferFacts): Transfer {
  return { ...facts, ...summariseTransfer(facts.runs) };
}

/** Means over the seeds and rank correlations with the accuracy gained, in the order of the runs. */
export function summariseTransfer(runs: readonly TransferRun[]): TransferSummary {
  const over = (some: readonly TransferRun[], value: (run: TransferRun) => number) =>
    spreadOf(some.map(value));
  const pairs = grouped(runs, ({ source, target }) => JSON.stringify([source, target]));
  const targets = grouped(runs, ({ target }) => target);
  const tasks = new Set(runs.flatMap(({ source, target }) => [source, target]));
  const predictors = scorePredictors(runs);
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
      logdet: correlationOf(some, ({ logdet }) => logdet),
      frechet: correlationOf(some, ({ frechet }) => frechet),
    })),
    predictors,
    verdict: verdictOf(predictors, tasks.size),
  };
}
