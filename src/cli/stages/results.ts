import { createRequire } from 'node:module';
import { QUICKDRAW_CLASSES } from '../../data/quickdraw.node';
import {
  PUBLISHED_CIFAR,
  PUBLISHED_MNIST,
  PUBLISHED_QUICKDRAW,
  type PublishedTable,
} from '../../report/published';
import type { Distance, Results, Search, TableRow, Training } from '../../report/results';
import { numClasses, type Task } from '../../tasks/task';
import { VERSION } from '../../version';
import { cutDown } from '../presets';
import type { Session } from '../session';
import { splitsOf } from './networks';

/** What a run found out, as far as it went. */
export interface Findings {
  readonly training: Training[];
  readonly distance: Distance | null;
  readonly search: Search[];
  /** Hand-made networks, trained on the final budget. */
  readonly baselines: Training[];
}

/** Published figures that stand beside ours where the method is the same, by the names that the papers give it. */
const PUBLISHED_NAMES: Readonly<Record<string, readonly string[]>> = {
  'FUSE task-aware': ['FUSE task-aware', 'LD-NAS (task-aware)'],
  'FUSE standard': ['FUSE standard'],
  'random search': ['Random search'],
};

/** The published table that is about a task, if there is one. */
function publishedTable({ id, classes }: Task): PublishedTable | undefined {
  if (id === '3') return PUBLISHED_MNIST;
  if (id === '6') return PUBLISHED_CIFAR;
  const isPublished = id === 'quickdraw:all' && String(classes) === String(QUICKDRAW_CLASSES);
  return isPublished ? PUBLISHED_QUICKDRAW : undefined;
}

/** @param wallSeconds what the run took, the time before an interruption included */
export function resultsOf(session: Session, findings: Findings, wallSeconds: number): Results {
  const { training, distance, search, baselines } = findings;
  const { settings, gpu, startedAt } = session;
  const { kind, description, software } = gpu.adapter;
  const tasks = settings.tasks.map(session.task);
  const datasets = new Set(tasks.map((task) => session.set(task).dataset));
  const notes = [...datasets].flatMap(({ name, notes }) => notes.map((note) => `${name}: ${note}`));
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
    cutDown: [...cutDown(settings), ...notes],
    tasks: tasks.map((task) => {
      const { id, name } = task;
      const { train, test } = splitsOf(session, task, settings.seed, settings.training.images);
      const counts = { trainCount: train.indices.length, testCount: test.indices.length };
      const dataset = session.set(task).dataset.name;
      return { id, name, dataset, classes: numClasses(task), ...counts };
    }),
    ...{ training, distance, search },
    table: [...search.map((one) => searchRow(one, session.task(one.target))), ...baselines.map(baselineRow)],
  };
}

function searchRow({ method, testError, parameters, gpuSeconds }: Search, target: Task): TableRow {
  const names = PUBLISHED_NAMES[method] ?? [];
  const published = publishedTable(target)?.rows.find(({ architecture }) => names.includes(architecture));
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
