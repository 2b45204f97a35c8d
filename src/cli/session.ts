import { join } from 'node:path';
import { TaskgradError } from '../../runtime/errors';
import type { AdapterChoice } from '../../runtime/host';
import { DeviceImages } from '../data/device-set';
import { ensureWritable } from '../data/files.node';
import type { Dataset } from '../data/images';
import { loadMnist } from '../data/mnist.node';
import { openGpu } from '../node';
import { mnistTasks, type Task } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import { catchInterrupts } from './interrupt';
import { logged } from './log';
import { type PresetName, type Settings, settingsOf } from './presets';
import { profiled } from './profiling';
import { type Event, type Reporter, reporterFor } from './progress';
import { beginState, checkData, checkSettings, hasRun, stateIn } from './state';

/** Options that every command shares. */
export interface CommonOptions {
  readonly preset: PresetName;
  readonly data?: string;
  readonly out: string;
  readonly seed: number;
  readonly adapter: AdapterChoice;
  readonly resume: boolean;
  readonly json: boolean;
  readonly profile: boolean;
}

/** All that the stages of an experiment share. */
export interface Session extends Reporter {
  readonly gpu: Gpu;
  readonly settings: Settings;
  readonly dataset: Dataset;
  /** Images of the data set on the GPU, as the distance networks see them. */
  readonly train: DeviceImages;
  readonly test: DeviceImages;
  /** The folder of the run, and where its state lies in it. */
  readonly out: string;
  readonly state: (...path: string[]) => string;
  /** Adds an event to log.jsonl in the run's folder, as `say` does with its own, and to the lines of `--json`. */
  readonly log: (event: Event) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly startedAt: Date;
}

/**
 * Opens data, GPU and folder, runs `work`, and closes them again whatever happens. Nothing is written before all that
 * can be wrong with them has been looked at.
 */
export async function withSession(
  options: CommonOptions,
  override: Partial<Settings>,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const reporter = reporterFor(options);
  const { out, preset, seed } = options;
  const settings = { ...settingsOf(preset, seed), ...override };
  const resumes = options.resume && hasRun(out);
  const interrupt = catchInterrupts();
  try {
    if (resumes) await checkSettings(out, settings);
    const dataset = await loadMnist(options.data);
    if (resumes) await checkData(out, dataset);
    const gpu = await openGpu({ adapter: options.adapter });
    try {
      sayAdapter(reporter, gpu);
      await ensureWritable(out);
      const aside = resumes ? undefined : await beginState(out, { settings, dataset });
      if (aside) reporter.say(`an earlier run's state was put aside in ${aside}`);
      const session = {
        ...reporter,
        ...{ gpu, settings, dataset, out },
        train: new DeviceImages(gpu, dataset.train, dataset),
        test: new DeviceImages(gpu, dataset.test, dataset),
        state: stateIn(out),
        ...logged(reporter, join(out, 'log.jsonl')),
        signal: interrupt.signal,
        startedAt: new Date(),
      };
      if (options.profile) await profiled(session, gpu, out, () => work(session));
      else await work(session);
    } finally {
      gpu.dispose();
    }
  } finally {
    interrupt.release();
  }
}

/** Says which adapter runs and how to get a better one. */
export function sayAdapter({ say }: Reporter, { adapter }: Gpu): void {
  const { description, software, hint } = adapter;
  say(`adapter: ${description}${software ? ' (software)' : ''}`, { event: 'adapter', ...adapter });
  if (hint) say(`         for a faster one: ${hint}`);
}

/** @throws TaskgradError on an id that is not a task's */
export function taskById(id: string): Task {
  const task = mnistTasks.find((known) => known.id === id);
  if (task) return task;
  const known = mnistTasks.map(({ id, name }) => `${id} (${name})`).join(', ');
  throw new TaskgradError('TASK_UNKNOWN', `unknown task '${id}'; known are ${known}`);
}
