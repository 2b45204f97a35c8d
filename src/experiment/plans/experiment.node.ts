import { sourceKey, type Task } from '../../tasks/task';
import type { DataSet } from '../data-set';
import type { Job } from '../run.node';
import type { TaskInputs } from '../scene/inputs';
import { type Datasets, jobSet, jobTask, setOf, viewsOf } from '../scene/sets.node';
import type { Settings } from '../settings/presets';
import { Ledger } from './ledger';
import type { News } from './news';
import { TestImages } from './test-images';

/** All that plans are made of. */
export interface Experiment {
  readonly settings: Settings;
  /** A task of the experiment by its id. @throws RangeError where its data was not loaded */
  readonly task: (id: string) => Task;
  /** The task as jobs are given it. */
  readonly inputs: (task: Task) => TaskInputs;
  readonly job: Job;
  /** All artefacts that the plan has come to, in the order in which it came to them. */
  readonly ledger: Ledger;
  /** What its tasks are cut from. */
  readonly datasets: Datasets;
  /** The same as jobs are given them. */
  readonly sets: ReadonlyMap<string, DataSet>;
  /** Told what has been found out, as it comes. */
  readonly tell: (news: News) => void;
  /** Keeps account of what test images are read for. */
  readonly testImages: TestImages;
  /** Path of a dictionary of architectures that experiments share; left out, there is none. */
  readonly dictionary?: string;
  /** Whether work that does not fit into the GPU's memory goes on with smaller parts of a batch. */
  readonly autoBatch: boolean;
}

export interface ExperimentOptions {
  readonly settings: Settings;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly datasets: Datasets;
  readonly job: Job;
  readonly tell?: (news: News) => void;
  readonly dictionary?: string;
  readonly autoBatch?: boolean;
}

/** @throws DataError where the data sets' images cannot be seen in one size */
export function makeExperiment(options: ExperimentOptions): Experiment {
  const { settings, tasks, datasets, job, tell = () => undefined, dictionary, autoBatch = false } = options;
  const { protocol, fisher, seed: testSeed } = settings;
  const views = viewsOf(datasets, protocol);
  const sets = new Map([...datasets].map(([key, set]) => [key, jobSet(set)]));
  const ledger = new Ledger();
  return {
    settings,
    datasets,
    sets,
    job: ledger.keeping(job),
    ledger,
    tell,
    dictionary,
    autoBatch,
    testImages: new TestImages(),
    task: (id) => tasks.get(id) ?? unopened(id),
    inputs: (task) => ({
      task: jobTask(task),
      set: setOf(sets, task.dataset),
      view: setOf(views, task.dataset),
      protocol,
      fisherImages: fisher.images,
      testSeed,
    }),
  };
}

function unopened(id: string): never {
  throw new RangeError(`the data of task ${id} was not loaded; a command has to name its tasks first`);
}

/** Waits until all have ended, and fails by the first that failed: the others are done all the same. */
export async function together<const T extends readonly Promise<unknown>[]>(
  all: T,
): Promise<{ -readonly [at in keyof T]: Awaited<T[at]> }> {
  const ends = await Promise.allSettled(all);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  return ends.map((end) => (end as PromiseFulfilledResult<unknown>).value) as never;
}

/** The same, with each told in the order of the list, as soon as it and those before it have ended. */
export async function inOrder<T>(all: readonly Promise<T>[], told: (value: T) => void): Promise<T[]> {
  const ends = together(all);
  try {
    for (const one of all) told(await one);
  } catch {
    // `ends` fails by it, once the others are done
  }
  return ends;
}

/** What a task is called in the dictionary. A protocol of another kind sees other tasks, and tries cells in another way. */
export function dictionaryKey({ settings }: Pick<Experiment, 'settings'>, { dataset, id }: Task): string {
  const { name } = settings.protocol;
  return `${name === 'corrected' ? '' : `${name}/`}${sourceKey(dataset)}/${id}`;
}
