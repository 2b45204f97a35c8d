import { createRequire } from 'node:module';
import type { Distance, Results, Training } from '../../report/results';
import { numClasses } from '../../tasks/task';
import { VERSION } from '../../version';
import { adapterKind } from '../kinds/adapter';
import { setOf } from '../scene/sets.node';
import { splitsOf } from '../scene/splits';
import { cutDown } from '../settings/presets';
import type { Experiment } from './experiment.node';
import { type Tried, tableOf } from './table-rows';

/** What a run found out, as far as it went. */
export interface Findings extends Tried {
  readonly training: Training[];
  readonly distance: Distance | null;
  /** What was tried again under further seeds. */
  readonly repeats: readonly Tried[];
}

/** @param startedAt when this run began; its time is that of all jobs that it builds on, whoever did them */
export async function resultsOf(
  experiment: Experiment,
  findings: Findings,
  startedAt: Date,
): Promise<Results> {
  const { training, distance, search, unsearched } = findings;
  const { settings, inputs, datasets, job, ledger } = experiment;
  const { value: adapter } = await job(adapterKind, {});
  const tasks = settings.tasks.map(experiment.task);
  const setsOfTasks = new Set(tasks.map((task) => setOf(datasets, task.dataset)));
  const notes = [...setsOfTasks].flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`));
  const { version: webgpu } = createRequire(import.meta.url)('webgpu/package.json') as { version: string };
  return {
    taskgrad: VERSION,
    preset: settings.preset,
    protocol: settings.protocol.name,
    seed: settings.seed,
    startedAt: startedAt.toISOString(),
    wallSeconds: ledger.seconds,
    adapter,
    versions: { node: process.versions.node, webgpu },
    cutDown: [...cutDown(settings), ...notes],
    tasks: tasks.map((task) => {
      const { id, name } = task;
      const { train, test } = splitsOf(inputs(task), settings.seed, settings.training.images);
      const counts = { trainCount: train.indices.length, testCount: test.indices.length };
      const dataset = setOf(datasets, task.dataset).name;
      return { id, name, dataset, classes: numClasses(task), ...counts };
    }),
    training,
    distance,
    search,
    unsearched,
    target: settings.search.target,
    table: tableOf([findings, ...findings.repeats]),
  };
}
