import * as z from 'zod';
import { grouped } from '../grouped';
import { adapterSchema } from '../results';
import { armSchema, armsOf } from './arms';
import { comparedPairs, pairSchema, withHolm } from './pairs';
import { inOrder, type StudyRun, studyRunSchema } from './run';
import { sentenceOf } from './sentence';
import { studyTableSchema } from './table-facts';

const factsSchema = z.strictObject({
  adapter: adapterSchema,
  /** What all runs were made with, such as preset and budgets; not in older files. */
  of: z.record(z.string(), z.unknown()).optional(),
  /** The target tasks, and their names. */
  tasks: z.array(z.strictObject({ id: z.string().min(1), name: z.string().min(1) })).min(1),
  table: studyTableSchema.optional(),
  runs: z.array(studyRunSchema).min(1),
});
export type StudyFacts = z.infer<typeof factsSchema>;

const comparedFields = {
  /** By method and space, as 'FUSE, standard'. */
  methods: z.record(z.string(), armSchema),
  pairs: z.array(pairSchema),
};

/** All that study.json says. Errors and differences are shares. */
export const studySchema = z.strictObject({
  ...factsSchema.shape,
  seeds: z.array(z.int().nonnegative()).min(1),
  ...comparedFields,
  /** The same of each task by itself, where there are several; p is corrected over all of them. */
  byTask: z.array(z.strictObject({ task: z.string().min(1), ...comparedFields })),
  /** What the pairs bear out. */
  sentence: z.string().min(1),
});
export type Study = z.infer<typeof studySchema>;

/** Reads study.json, older ones too: what was found is taken from it, and summed up anew. */
export const studyFileSchema = z.object(factsSchema.shape).transform(studyOf);

/**
 * What was found, with its figures. They are the same whatever the order of the runs, and whether they came at once or
 * a study was grown by them.
 * @throws StudyError where two runs contradict each other
 */
export function studyOf({ adapter, of, tasks, table, runs: given }: StudyFacts): Study {
  const runs = inOrder(given);
  const methods = armsOf(runs);
  const pairs = withHolm(comparedPairs(runs));
  return {
    adapter,
    ...(of && { of }),
    tasks: tasks.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    ...(table && { table }),
    runs,
    seeds: [...new Set(runs.map(({ seed }) => seed))].sort((a, b) => a - b),
    methods,
    pairs,
    byTask: eachTask(runs),
    sentence: sentenceOf(Object.keys(methods), pairs),
  };
}

/** A study with further runs: other seeds, other methods, other tasks. */
export function grownStudy(study: StudyFacts, more: Pick<StudyFacts, 'tasks' | 'runs'>): Study {
  const tasks = new Map([...study.tasks, ...more.tasks].map((task) => [task.id, task]));
  return studyOf({ ...study, tasks: [...tasks.values()], runs: [...study.runs, ...more.runs] });
}

function eachTask(runs: readonly StudyRun[]): Study['byTask'] {
  const byTask = grouped(
    runs.toSorted((a, b) => (a.task < b.task ? -1 : a.task > b.task ? 1 : 0)),
    ({ task }) => task,
  );
  if (byTask.length < 2) return [];
  const compared = byTask.map(comparedPairs);
  const corrected = withHolm(compared.flat());
  let first = 0;
  return byTask.map((own, i) => {
    const pairs = corrected.slice(first, first + compared[i].length);
    first += compared[i].length;
    return { task: own[0].task, methods: armsOf(own), pairs };
  });
}
