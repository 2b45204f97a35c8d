import { appendFileSync, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TaskgradError } from '../../runtime/errors';
import type { AdapterChoice } from '../../runtime/host';
import { DeviceImages } from '../data/device-set';
import { ensureWritable, readJson, writeFileAtomic } from '../data/files.node';
import type { Dataset } from '../data/images';
import { loadMnist } from '../data/mnist.node';
import { openGpu } from '../node';
import { mnistTasks, type Task } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import { type PresetName, type Settings, settingsOf, settingsSchema } from './presets';
import { jsonReporter, type Reporter, textReporter } from './progress';

/** Options that every command shares. */
export interface CommonOptions {
  readonly preset: PresetName;
  readonly data?: string;
  readonly out: string;
  readonly seed: number;
  readonly adapter: AdapterChoice;
  readonly resume: boolean;
  readonly json: boolean;
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
  /** Adds an event to log.jsonl in the run's folder. */
  readonly log: (event: Readonly<Record<string, unknown>>) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly startedAt: Date;
}

const STATE = 'state';

export function reporterFor({ json }: { json: boolean }): Reporter {
  return json ? jsonReporter() : textReporter();
}

/** Opens folder, GPU and data, runs `work`, and closes them again whatever happens. */
export async function withSession(
  options: CommonOptions,
  override: Partial<Settings>,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const reporter = reporterFor(options);
  const { out } = options;
  await ensureWritable(out);
  const settings = await prepareState(options, override);
  const interrupt = new AbortController();
  const onInterrupt = () => {
    if (interrupt.signal.aborted) process.exit(130);
    process.stderr.write('\nstopping after this step and saving; Ctrl-C again stops at once\n');
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  const gpu = await openGpu({ adapter: options.adapter });
  try {
    const { description, software, hint } = gpu.adapter;
    reporter.say(`adapter: ${description}${software ? ' (software)' : ''}`, {
      event: 'adapter',
      ...gpu.adapter,
    });
    if (hint) reporter.say(`         for a faster one: ${hint}`);
    const dataset = await loadMnist(options.data);
    await work({
      ...reporter,
      ...{ gpu, settings, dataset, out },
      train: new DeviceImages(gpu, dataset.train, dataset),
      test: new DeviceImages(gpu, dataset.test, dataset),
      state: (...path) => join(out, STATE, ...path),
      ...logged(reporter, join(out, 'log.jsonl')),
      signal: interrupt.signal,
      startedAt: new Date(),
    });
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
    gpu.dispose();
  }
}

/** The reporter, with every event also written to a file of JSON lines. */
function logged(reporter: Reporter, path: string): Pick<Session, 'say' | 'log'> {
  const log = (event: Readonly<Record<string, unknown>>) =>
    appendFileSync(path, `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
  return {
    log,
    say: (text, event) => {
      reporter.say(text, event);
      if (event) log(event);
    },
  };
}

/** The settings of the run in this folder, after an earlier state was taken up or put aside. */
async function prepareState(
  { out, preset, seed, resume }: CommonOptions,
  override: Partial<Settings>,
): Promise<Settings> {
  const wanted = { ...settingsOf(preset, seed), ...override };
  const file = join(out, STATE, 'settings.json');
  if (resume && existsSync(file)) {
    const kept = await readJson(file, settingsSchema);
    if (JSON.stringify(kept) !== JSON.stringify(wanted)) {
      const was = `preset ${kept.preset}, seed ${kept.seed}`;
      throw new TaskgradError(
        'OTHER_RUN',
        `${out} holds a run with other settings (${was}); resume with those, or choose another --out`,
      );
    }
    return kept;
  }
  if (existsSync(join(out, STATE))) {
    // An earlier run is put aside, not destroyed: --resume may have been forgotten.
    const aside = join(out, `${STATE}.previous`);
    await rm(aside, { recursive: true, force: true });
    await rename(join(out, STATE), aside);
  }
  await writeFileAtomic(file, JSON.stringify(wanted, null, 2));
  return wanted;
}

/** @throws TaskgradError on an id that is not a task's */
export function taskById(id: string): Task {
  const task = mnistTasks.find((known) => known.id === id);
  if (task) return task;
  const known = mnistTasks.map(({ id, name }) => `${id} (${name})`).join(', ');
  throw new TaskgradError('TASK_UNKNOWN', `unknown task '${id}'; known are ${known}`);
}
