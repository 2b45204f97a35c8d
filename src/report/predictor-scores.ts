import * as z from 'zod';
import { grouped } from './grouped';
import { PREDICTORS, type Predictor } from './predictors';
import { intervalSchema } from './statistics/bootstrap';
import { holm } from './statistics/holm';
import {
  columnInterval,
  columnMantelP,
  correlationInterval,
  differenceInterval,
  mantelP,
  meanColumnCorrelation,
  type SeedMatrices,
} from './statistics/pair-correlation';
import { spreadOf } from './statistics/spread';
import { correlationOf, correlationSchema } from './transfer-correlation';
import { gainOf, type TransferRun } from './transfer-run';

/** Chance of a false alarm, over all that is compared. */
export const LEVEL = 0.05;

const share = z.number().min(0).max(1);

/**
 * How well a predictor orders the pairs of all targets by the accuracy they gain. ρ near −1 says that the sources
 * expected first gain most, whether these have the least of it or the most. Interval and p are null where ρ is not
 * defined, or not every source was fine-tuned on every target.
 */
export const predictorScoreSchema = z.strictObject({
  name: z.string().min(1),
  title: z.string().min(1),
  first: z.enum(['least', 'most']),
  trivial: z.boolean(),
  ...correlationSchema.shape,
  /** 95 % interval of the mean ρ, over tasks and seeds. */
  interval: intervalSchema.nullable(),
  /** That shuffled tasks give as low a mean ρ; one-sided. */
  p: share.nullable(),
  /** The same with Holm's correction for all predictors that have a p. */
  holm: share.nullable(),
  /** The same over the sources of each target by themselves, ρ averaged over targets and seeds. */
  forTarget: z.strictObject({
    rho: z.number().min(-1).max(1).nullable(),
    interval: intervalSchema.nullable(),
    p: share.nullable(),
    holm: share.nullable(),
  }),
  /** Targets whose best source is the one expected first; where several are, each counts for its part. */
  firstIsBest: z.number().nonnegative(),
  /**
   * For a distance: the trivial predictor with the lowest ρ, and the interval of the distance's ρ less that of it,
   * which is so wide that it holds for all trivial predictors together.
   */
  rival: z.strictObject({ name: z.string().min(1), difference: intervalSchema.nullable() }).nullable(),
  /** The same over the pairs of one data set, where tasks are of several; those of fewer than three tasks are left out. */
  within: z.array(
    z.strictObject({
      dataset: z.string().min(1),
      tasks: z.int().positive(),
      ...correlationSchema.shape,
      interval: intervalSchema.nullable(),
      p: share.nullable(),
      /** With Holm's correction for all predictors and all data sets. */
      holm: share.nullable(),
    }),
  ),
});
export type PredictorScore = z.infer<typeof predictorScoreSchema>;

/** Fewer tasks of a data set have no order of pairs to speak of. */
const LEAST_TASKS = 3;

type Value = (run: TransferRun) => number;

/** What predictors are scored with. */
export interface ScoreOptions {
  /** Rows of the table; default: all that we know. */
  readonly predictors?: readonly Predictor[];
  /** Name of a task's data set; undefined in older files. */
  readonly datasetOf?: (task: string) => string | undefined;
}

/** Every predictor that these runs know, in the order of the table. */
export function scorePredictors(
  runs: readonly TransferRun[],
  { predictors = PREDICTORS, datasetOf = () => undefined }: ScoreOptions = {},
): PredictorScore[] {
  const test = testerOf(runs);
  const within = runsWithin(runs, datasetOf);
  const known = predictors.flatMap((predictor) => {
    const { name, title, first, trivial } = predictor;
    const value = placeBy(predictor, runs);
    if (!value) return [];
    return [{ name, title, first, trivial, value, ...correlationOf(runs, value), p: test(value, mantelP) }];
  });
  const corrected = holmOf(known.map(({ p }) => p));
  const targetP = known.map(({ value }) => test(value, columnMantelP));
  const targetHolm = holmOf(targetP);
  const withinP = known.map(({ value }) => within.map(({ test }) => test(value, mantelP)));
  const withinHolm = holmOf(withinP.flat());
  const rivals = known.filter(({ trivial, spread }) => trivial && spread);
  const [best] = rivals.toSorted((a, b) => (a.spread?.mean ?? 0) - (b.spread?.mean ?? 0));
  const coverage = 1 - LEVEL / rivals.length;
  const rivalOf = (value: Value) => ({
    name: best.name,
    difference: test(value, (x, y) => test(best.value, (other) => differenceInterval(x, other, y, coverage))),
  });
  return known.map(({ value, ...score }, i) => ({
    ...score,
    interval: test(value, correlationInterval),
    holm: corrected[i],
    forTarget: {
      rho: test(value, meanColumnCorrelation),
      interval: test(value, columnInterval),
      p: targetP[i],
      holm: targetHolm[i],
    },
    firstIsBest: firstIsBest(runs, value),
    rival: best && !score.trivial ? rivalOf(value) : null,
    within: within.map(({ dataset, tasks, runs, test }, own) => ({
      dataset,
      tasks,
      ...correlationOf(runs, value),
      interval: test(value, correlationInterval),
      p: withinP[i][own],
      holm: withinHolm[i * within.length + own],
    })),
  }));
}

/** The predictor with the lowest ρ but for the trivial ones, and the next. Null where there are fewer than two. */
export const bestSchema = z.strictObject({
  name: z.string().min(1),
  next: z.string().min(1),
  /** Interval of the first's ρ less that of the next, so wide that it holds for all others together. */
  difference: intervalSchema.nullable(),
});
export type Best = z.infer<typeof bestSchema>;

export function bestOf(
  runs: readonly TransferRun[],
  scores: readonly PredictorScore[],
  predictors: readonly Predictor[] = PREDICTORS,
): Best | null {
  const ranked = scores
    .filter(({ trivial, spread }) => !trivial && spread)
    .toSorted((a, b) => (a.spread?.mean ?? 0) - (b.spread?.mean ?? 0));
  if (ranked.length < 2) return null;
  const [first, next] = ranked.map(({ name }) => name);
  const numberOf = (name: string) => {
    const predictor = predictors.find((one) => one.name === name);
    return predictor && placeBy(predictor, runs);
  };
  const [own, other] = [numberOf(first), numberOf(next)];
  const test = testerOf(runs);
  const coverage = 1 - LEVEL / (ranked.length - 1);
  return {
    name: first,
    next,
    difference:
      own && other
        ? test(own, (x, y) => test(other, (beside) => differenceInterval(x, beside, y, coverage)))
        : null,
  };
}

/** Makes statistics of a number of the runs and what they gained; null where some pair is missing. */
function testerOf(runs: readonly TransferRun[]) {
  const matrices = matricesOf(runs);
  const gains = matrices?.(gainOf);
  return <Result>(value: Value, make: (x: SeedMatrices, y: SeedMatrices) => Result | null): Result | null =>
    matrices && gains ? make(matrices(value), gains) : null;
}

/** The runs between tasks of one data set, for each that has enough of them; none where all tasks are of one. */
function runsWithin(runs: readonly TransferRun[], datasetOf: (task: string) => string | undefined) {
  const tasks = [...new Set(runs.flatMap(({ source, target }) => [source, target]))];
  const sets = grouped(tasks, datasetOf).map((own) => ({ dataset: datasetOf(own[0]), own }));
  if (sets.length < 2) return [];
  return sets.flatMap(({ dataset, own }) => {
    if (dataset === undefined || own.length < LEAST_TASKS) return [];
    const between = runs.filter(({ source, target }) => own.includes(source) && own.includes(target));
    return [{ dataset, tasks: own.length, runs: between, test: testerOf(between) }];
  });
}

/** A number of a run that is the lower, the earlier the predictor expects its source. Undefined for older files. */
function placeBy({ value, first }: Predictor, runs: readonly TransferRun[]): Value | undefined {
  if (runs.some((run) => value(run) === undefined)) return undefined;
  const sign = first === 'least' ? 1 : -1;
  return (run) => sign * (value(run) ?? Number.NaN);
}

function holmOf(values: readonly (number | null)[]): (number | null)[] {
  const corrected = holm(values.filter((p) => p !== null));
  return values.map((p) => (p === null ? null : (corrected.shift() ?? null)));
}

/** Makes a matrix [source][target] a seed of a number of the runs. Null if the run of a pair is missing. */
function matricesOf(runs: readonly TransferRun[]): ((value: Value) => SeedMatrices) | null {
  const tasks = [...new Set(runs.flatMap(({ source, target }) => [source, target]))];
  const bySeed = grouped(runs, ({ seed }) => seed).map((some) =>
    tasks.map((source) =>
      tasks.map((target) => some.find((run) => run.source === source && run.target === target)),
    ),
  );
  const isWhole = bySeed.every((rows) => rows.every((row, i) => row.every((run, j) => run || i === j)));
  if (!isWhole) return null;
  return (value) =>
    bySeed.map((rows) => rows.map((row) => row.map((run) => (run ? value(run) : Number.NaN))));
}

function firstIsBest(runs: readonly TransferRun[], value: Value): number {
  const hits = grouped(runs, ({ target }) => target).map((own) => {
    const sources = grouped(own, ({ source }) => source).map((some) => ({
      place: spreadOf(some.map(value)).mean,
      gain: spreadOf(some.map(gainOf)).mean,
    }));
    const least = Math.min(...sources.map(({ place }) => place));
    const most = Math.max(...sources.map(({ gain }) => gain));
    const expected = sources.filter(({ place }) => place === least);
    return expected.filter(({ gain }) => gain === most).length / expected.length;
  });
  return hits.reduce((sum, hit) => sum + hit, 0);
}
