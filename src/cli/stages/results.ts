import { createRequire } from 'node:module';
import { PUBLISHED_MNIST } from '../../report/published';
import type { Distance, Results, Search, TableRow, Training } from '../../report/results';
import { numClasses } from '../../tasks/task';
import { VERSION } from '../../version';
import { cutDown } from '../presets';
import { type Session, taskById } from '../session';
import { splitsOf } from './networks';

/** What a run found out, as far as it went. */
export interface Findings {
  readonly training: Training[];
  readonly distance: Distance | null;
  readonly search: Search[];
  /** Hand-made networks, trained on the final budget. */
  readonly baselines: Training[];
}

/** Published figures that stand beside ours where the method is the same. */
const PUBLISHED_NAME: Readonly<Record<string, string>> = {
  'FUSE task-aware': 'LD-NAS (task-aware)',
  'random search': 'Random search',
};

/** @param wallSeconds what the run took, the time before an interruption included */
export function resultsOf(session: Session, findings: Findings, wallSeconds: number): Results {
  const { training, distance, search, baselines } = findings;
  const { settings, gpu, startedAt } = session;
  const { kind, description, software } = gpu.adapter;
  const { version: webgpu } = createRequire(import.meta.url)('webgpu/package.json') as { version: string };
  return {
    ...{
      taskgrad: VERSION,
      preset: settings.preset,
      seed: settings.seed,
      startedAt: startedAt.toISOString(),
    },
    wallSeconds,
    adapter: { kind, description, software },
    versions: { node: process.versions.node, webgpu },
    cutDown: cutDown(settings),
    tasks: settings.tasks.map((id) => {
      const task = taskById(id);
      const { train, test } = splitsOf(session, task, settings.seed, settings.training.images);
      const counts = { trainCount: train.indices.length, testCount: test.indices.length };
      return { id, name: task.name, classes: numClasses(task), ...counts };
    }),
    ...{ training, distance, search },
    table: [...search.map(searchRow), ...baselines.map(baselineRow)],
  };
}

function searchRow({ method, testError, parameters, gpuSeconds }: Search): TableRow {
  const published = PUBLISHED_MNIST.rows.find(({ architecture }) => architecture === PUBLISHED_NAME[method]);
  return {
    architecture: method === 'random search' ? 'Random search' : method,
    testErrorPercent: 100 * testError,
    parametersM: parameters / 1e6,
    gpuSeconds,
    note: 'search and training',
    published,
  };
}

function baselineRow({ network, testAccuracy, parameters, gpuSeconds }: Training): TableRow {
  return {
    architecture: network,
    testErrorPercent: 100 * (1 - testAccuracy),
    parametersM: parameters / 1e6,
    gpuSeconds,
    note: 'training',
  };
}
