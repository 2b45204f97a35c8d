import * as z from 'zod';
import { TaskgradError } from '../../../runtime/errors';

const id = z.string().min(1);
const share = z.number().min(0).max(1);
const count = z.int().nonnegative();
const seconds = z.number().nonnegative();

/** What a search had found when so much was spent. */
export const curvePointSchema = z.strictObject({
  gpuSeconds: seconds,
  /** Networks trained from fresh weights. */
  networks: count,
  /** Of the candidate that was looked at then, on validation images; the best so far is taken from it. */
  validationError: share,
});

export type CurvePoint = z.infer<typeof curvePointSchema>;

/** One search under one seed, with its winner trained from scratch. Errors are shares in [0, 1]. */
export const studyRunSchema = z.strictObject({
  /** As it is called in tables: 'FUSE', 'random search'. */
  method: id,
  /** Search space: 'standard'. */
  space: id,
  /** Id of the target task. */
  task: id,
  /** Runs of one task and seed have the same images and the same final training: they are a pair. */
  seed: z.int().nonnegative(),
  testError: share,
  parameters: count,
  /** Of the search and the final training together. */
  gpuSeconds: seconds,
  /** Of the jobs that its space was drawn from: networks, distances, a dictionary. Left out where there were none. */
  spaceSeconds: seconds.optional(),
  /** Empty where nothing was searched. */
  curve: z.array(curvePointSchema),
});
export type StudyRun = z.infer<typeof studyRunSchema>;

/** Runs that are not among others, by method, space, task and seed. */
export function runsBeside(runs: readonly StudyRun[], others: readonly StudyRun[]): StudyRun[] {
  const names = new Set(others.map(nameOf));
  return runs.filter((run) => !names.has(nameOf(run)));
}

/** What tells a run from the others of its study. */
const nameOf = ({ method, space, task, seed }: StudyRun): string =>
  JSON.stringify([method, space, task, seed]);

/** Runs that cannot be of one study. */
export class StudyError extends TaskgradError {
  constructor(message: string) {
    super('STUDY', message);
  }
}

/** Name of what is compared: a method in a space. */
export const armOf = ({ method, space }: Pick<StudyRun, 'method' | 'space'>): string => `${method}, ${space}`;

/** What two methods are paired by. */
export const blockOf = ({ task, seed }: StudyRun): string => `${seed}/${task}`;

/**
 * The runs in the order of their names, tasks and seeds, whatever order they came in. A run that is given twice counts
 * once.
 * @throws StudyError where two runs of one method, space, task and seed differ
 */
export function inOrder(runs: readonly StudyRun[]): StudyRun[] {
  const known = new Map<string, StudyRun>();
  for (const run of runs.map((run) => studyRunSchema.parse(run))) {
    const key = nameOf(run);
    const before = known.get(key);
    if (before && JSON.stringify(before) !== JSON.stringify(run))
      throw new StudyError(
        `study: two different runs of ${armOf(run)} on task ${run.task} with seed ${run.seed}, expected one; leave one out`,
      );
    known.set(key, run);
  }
  return [...known.values()].sort(
    (a, b) => compare(armOf(a), armOf(b)) || compare(a.task, b.task) || a.seed - b.seed,
  );
}

/** By code units, so that the order is the same in every language. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
