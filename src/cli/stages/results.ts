import { createRequire } from 'node:module';
import type { Distance, Results, Training } from '../../report/results';
import { numClasses } from '../../tasks/task';
import { VERSION } from '../../version';
import { cutDown } from '../presets';
import type { Session } from '../session';
import { splitsOf } from './networks';
import { type Tried, tableOf } from './table-rows';

/** What a run found out, as far as it went. */
export interface Findings extends Tried {
  readonly training: Training[];
  readonly distance: Distance | null;
}

/** @param wallSeconds what the run took, the time before an interruption included */
export function resultsOf(session: Session, findings: Findings, wallSeconds: number): Results {
  const { training, distance, search, unsearched } = findings;
  const { settings, gpu, startedAt } = session;
  const { kind, description, software } = gpu.adapter;
  const tasks = settings.tasks.map(session.task);
  const datasets = new Set(tasks.map((task) => session.set(task).dataset));
  const notes = [...datasets].flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`));
  const { version: webgpu } = createRequire(import.meta.url)('webgpu/package.json') as { version: string };
  return {
    taskgrad: VERSION,
    preset: settings.preset,
    protocol: settings.protocol.name,
    seed: settings.seed,
    startedAt: startedAt.toISOString(),
    wallSeconds,
    adapter: { kind, description, software },
    versions: { node: process.versions.node, webgpu },
    cutDown: [...cutDown(settings), ...notes],
    tasks: tasks.map((task) => {
      const { id, name } = task;
      const { train, test } = splitsOf(session, task, settings.seed, settings.training.images);
      const counts = { trainCount: train.indices.length, testCount: test.indices.length };
      const dataset = session.set(task).dataset.name;
      return { id, name, dataset, classes: numClasses(task), ...counts };
    }),
    training,
    distance,
    search,
    unsearched,
    target: settings.search.target,
    table: tableOf(findings),
  };
}
