import * as z from 'zod';
import { grouped } from '../grouped';
import { bootstrapIntervals } from '../statistics/bootstrap';
import type { StudyRun } from './run';

/** More points than this tell no more in a picture. */
const MOST_POINTS = 50;

const pointSchema = z.strictObject({
  at: z.number().nonnegative(),
  /** Mean over the runs of the best validation error so far, a share. */
  mean: z.number().min(0).max(1),
  /** 95 % interval of the mean, by the bootstrap over seeds; null where a task has one seed. */
  ci: z.tuple([z.number(), z.number()]).nullable(),
});
export type AnytimePoint = z.infer<typeof pointSchema>;

/** Curves begin where every run has looked at a candidate. A run that has ended keeps its best. */
export const anytimeSchema = z.strictObject({
  gpuSeconds: z.array(pointSchema),
  networks: z.array(pointSchema),
});
export type Anytime = z.infer<typeof anytimeSchema>;

type Axis = keyof Anytime;

/** @param runs of one method in one space, in order */
export const anytimeOf = (runs: readonly StudyRun[]): Anytime => ({
  gpuSeconds: curveOver(runs, 'gpuSeconds'),
  networks: curveOver(runs, 'networks'),
});

function curveOver(runs: readonly StudyRun[], axis: Axis): AnytimePoint[] {
  if (runs.some(({ curve }) => curve.length === 0)) return [];
  const steps = runs.map(({ task, curve }) => ({ task, bests: bestsOf(curve, axis) }));
  const begun = Math.max(...steps.map(({ bests }) => bests[0].at));
  const all = steps.flatMap(({ bests }) => bests.map(({ at }) => at));
  const places = thinned([...new Set(all.filter((at) => at >= begun))].sort((a, b) => a - b));
  const table = steps.map(({ task, bests }) => ({
    task,
    errors: places.map((place) => bests.findLast(({ at }) => at <= place)?.error ?? Number.NaN),
  }));
  const byTask = grouped(table, ({ task }) => task);
  const meanOf = (some: typeof table, place: number) =>
    some.reduce((sum, { errors }) => sum + errors[place], 0) / some.length;
  const intervals = byTask.some((own) => own.length < 2)
    ? []
    : bootstrapIntervals(
        byTask.map((own) => own.length),
        (draws) => {
          const drawn = draws.flatMap((places, task) => places.map((place) => byTask[task][place]));
          return places.map((_, place) => meanOf(drawn, place));
        },
      );
  return places.map((at, place) => {
    const interval = intervals.at(place) ?? null;
    return { at, mean: meanOf(table, place), ci: interval && [interval.low, interval.high] };
  });
}

/** The best error so far at each amount spent, which grows. */
function bestsOf(curve: StudyRun['curve'], axis: Axis): { at: number; error: number }[] {
  const sorted = curve.toSorted((a, b) => a[axis] - b[axis]);
  let error = 1;
  return sorted.map((point) => {
    error = Math.min(error, point.validationError);
    return { at: point[axis], error };
  });
}

/** So many of them as a picture needs, evenly, with the first and the last. */
function thinned(places: readonly number[]): readonly number[] {
  if (places.length <= MOST_POINTS) return places;
  const last = places.length - 1;
  return Array.from({ length: MOST_POINTS }, (_, i) => places[Math.round((i * last) / (MOST_POINTS - 1))]);
}
