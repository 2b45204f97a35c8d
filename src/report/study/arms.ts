import * as z from 'zod';
import { grouped } from '../grouped';
import { bcaInterval } from '../statistics/bca';
import type { Draws, Interval } from '../statistics/bootstrap';
import { spreadOf, spreadSchema } from '../statistics/spread';
import { anytimeOf, anytimeSchema } from './anytime';
import { armOf, type StudyRun } from './run';

const share = z.number().min(0).max(1);

/** Ends of a 95 % interval. */
export const endsSchema = z.tuple([z.number(), z.number()]);
export type Ends = z.infer<typeof endsSchema>;

/** What a method reached in a space, over tasks and seeds. */
export const armSchema = z.strictObject({
  /** Test errors, as shares, in the order of tasks and seeds. */
  errors: z.array(share).min(1),
  mean: share,
  /** Sample standard deviation; 0 of one run. */
  sd: z.number().nonnegative(),
  /** Of the mean; null where a task has one seed. */
  ci: endsSchema.nullable(),
  parameters: spreadSchema,
  gpuSeconds: spreadSchema,
  /** Of what its spaces were drawn from, where they were. */
  spaceSeconds: spreadSchema.optional(),
  /** Best validation error against what was spent. */
  anytime: anytimeSchema,
});
export type Arm = z.infer<typeof armSchema>;

/** Every method and space by its name. @param runs in order */
export function armsOf(runs: readonly StudyRun[]): Record<string, Arm> {
  return Object.fromEntries(
    grouped(runs, armOf).map((own) => {
      const errors = own.map(({ testError }) => testError);
      const drawing = own.flatMap(({ spaceSeconds }) => spaceSeconds ?? []);
      const arm: Arm = {
        errors,
        ...spreadOf(errors),
        ci: meanInterval(own, errors),
        parameters: spreadOf(own.map(({ parameters }) => parameters)),
        gpuSeconds: spreadOf(own.map(({ gpuSeconds }) => gpuSeconds)),
        ...(drawing.length > 0 && { spaceSeconds: spreadOf(drawing) }),
        anytime: anytimeOf(own),
      };
      return [armOf(own[0]), arm];
    }),
  );
}

/**
 * BCa interval of a mean over seeds. The tasks are those that were asked for, not drawn from more: seeds are resampled
 * within each.
 * @param of what each value is of
 */
export function meanInterval(
  of: readonly { readonly task: string }[],
  values: readonly number[],
): Ends | null {
  const places = placesOf(of);
  const drawnMean = (draws: Draws) => {
    let sum = 0;
    for (const [i, drawn] of draws.entries()) for (const place of drawn) sum += values[places[i][place]];
    return sum / values.length;
  };
  return endsOf(
    bcaInterval(
      places.map(({ length }) => length),
      drawnMean,
    ),
  );
}

/** Where the values of each task stand. */
export const placesOf = (of: readonly { readonly task: string }[]): number[][] =>
  grouped(
    of.map(({ task }, place) => ({ task, place })),
    ({ task }) => task,
  ).map((own) => own.map(({ place }) => place));

export const endsOf = (interval: Interval | null): Ends | null => interval && [interval.low, interval.high];
