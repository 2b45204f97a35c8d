import * as z from 'zod';
import { grouped } from './grouped';
import { bestOf, bestSchema, predictorScoreSchema, scorePredictors } from './predictor-scores';
import { adapterSchema, nullsSchema } from './results';
import { bcaInterval } from './statistics/bca';
import { intervalSchema } from './statistics/bootstrap';
import { spreadOf, spreadSchema } from './statistics/spread';
import { targetCorrelation, targetCorrelationSchema } from './transfer-correlation';
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
  /** 95 % interval of its mean over seeds; null with one seed. */
  gainInterval: intervalSchema.nullable(),
});
export type Pair = z.infer<typeof pairSchema>;

/** What a target's samples give by themselves, and how well its sources' distances order what they add. */
const targetSchema = z.strictObject({
  task: id,
  scratch: spreadSchema,
  logdet: targetCorrelationSchema,
  frechet: targetCorrelationSchema,
});
export type TargetSummary = z.infer<typeof targetSchema>;

const summarySchema = z.strictObject({
  pairs: z.array(pairSchema),
  targets: z.array(targetSchema),
  /** Correlations over the pairs of all targets together. */
  predictors: z.array(predictorScoreSchema),
  /** Which of the distances and task measures orders best here. */
  best: bestSchema.nullable(),
  /** What they bear out, a sentence a line. */
  verdict: z.array(z.string().min(1)),
});
export type TransferSummary = z.infer<typeof summarySchema>;

const factsSchema = z.strictObject({
  adapter: adapterSchema,
  /** Network of the tasks, with its width. */
  network: z.string().min(1),
  estimator: z.string().min(1),
  /** Task whose networks are the probes of Task2Vec; not in older files. */
  probe: id.optional(),
  seeds: z.array(z.int().nonnegative()).min(1),
  /** `dataset` is the name of the data set that a task is cut from; not in older files. */
  tasks: z
    .array(z.strictObject({ id, name: z.string().min(1), dataset: z.string().min(1).optional() }))
    .min(2),
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
  const datasetOf = (task: string) => facts.tasks.find(({ id }) => id === task)?.dataset;
  return { ...facts, ...summariseTransfer(facts.runs, datasetOf) };
}

/** Means over the seeds and rank correlations with the accuracy gained, in the order of the runs. */
export function summariseTransfer(
  runs: readonly TransferRun[],
  datasetOf?: (task: string) => string | undefined,
): TransferSummary {
  const over = (some: readonly TransferRun[], value: (run: TransferRun) => number) =>
    spreadOf(some.map(value));
  const pairs = grouped(runs, ({ source, target }) => JSON.stringify([source, target]));
  const targets = grouped(runs, ({ target }) => target);
  const tasks = new Set(runs.flatMap(({ source, target }) => [source, target]));
  const predictors = scorePredictors(runs, { datasetOf });
  const best = bestOf(runs, predictors);
  return {
    pairs: pairs.map((some) => ({
      source: some[0].source,
      target: some[0].target,
      logdet: over(some, ({ logdet }) => logdet),
      frechet: over(some, ({ frechet }) => frechet),
      accuracy: over(some, ({ accuracy }) => accuracy),
      gain: over(some, gainOf),
      gainInterval: bcaInterval(
        [some.length],
        ([drawn]) =>
          over(
            drawn.map((i) => some[i]),
            gainOf,
          ).mean,
      ),
    })),
    targets: targets.map((some) => ({
      task: some[0].target,
      // Every source's run of a seed carries the seed's one scratch network.
      scratch: spreadOf(grouped(some, ({ seed }) => seed).map(([{ scratch }]) => scratch)),
      logdet: targetCorrelation(some, ({ logdet }) => logdet),
      frechet: targetCorrelation(some, ({ frechet }) => frechet),
    })),
    predictors,
    best,
    verdict: verdictOf(predictors, tasks.size, best),
  };
}
