import { join } from 'node:path';
import { ensureWritable, isFolder, writeFileAtomic } from '../data/files.node';
import type { Hold } from '../experiment/hold.node';
import type { PlanWatch } from '../experiment/plan-watch';
import { type Experiment, makeExperiment } from '../experiment/plans/experiment.node';
import { type DoneBy, type Job, run as runPlan } from '../experiment/run.node';
import { type Datasets, loadSets, resolveTasks } from '../experiment/scene/sets.node';
import { type Settings, settingsOf } from '../experiment/settings/presets';
import { protocolSpec } from '../experiment/settings/protocol-tasks';
import { openGpu } from '../node';
import { refused } from '../report/fidelity/fidelity';
import type { ProtocolName } from '../report/protocol';
import { readTasksFile } from '../tasks/tasks-file.node';
import type { Gpu } from '../tensor/gpu';
import type { CommonOptions } from './common-options';
import { holdFolder } from './hold';
import { catchInterrupts } from './interrupt';
import { JOBS_FILE, jobsText } from './jobs-file';
import { logged } from './log';
import { overLosses } from './losses';
import { profiled } from './profiling';
import { type Reporter, reporterFor } from './progress';
import { sayNews } from './said/news';
import { storeFromRun, storePlace } from './store/place';
import { storeOf } from './store/store-of';
import { sweep } from './sweep';
import { specOf } from './tasks';
import { watchJobs } from './watch-jobs';
import { workersFor } from './workers';

/** An experiment as commands make it: with a folder for what it comes to, and a terminal. */
export interface CliExperiment extends Experiment, Reporter {
  readonly out: string;
  readonly startedAt: Date;
}

export interface ExperimentWork {
  /** Ids of the tasks whose data the plan will ask for; default: those of the distance matrix. */
  readonly needed?: (settings: Settings) => readonly string[];
  /** Told of jobs beside the terminal. */
  readonly watch?: Partial<PlanWatch>;
  /** Told each GPU that is opened: the first, and those that come after a lost one. */
  readonly opened?: (gpu: Gpu) => void;
}

/**
 * Opens data, store and folder, carries a plan out, and closes them again whatever happens. Nothing is written before all that
 * can be wrong with them has been looked at.
 */
export async function withExperiment(
  options: CommonOptions,
  override: Partial<Settings>,
  plan: (experiment: CliExperiment) => Promise<void>,
  { needed = ({ tasks }) => tasks, watch, opened = () => undefined }: ExperimentWork = {},
): Promise<void> {
  const plain = reporterFor(options);
  const reporter = { ...plain, ...logged(plain, join(options.out, 'log.jsonl')) };
  const { out, preset, seed, protocol, dictionary, autoBatch } = options;
  const own = options.tasksFile === undefined ? undefined : await readTasksFile(options.tasksFile);
  const base = settingsOf(preset, seed, protocol);
  const settings: Settings = { ...base, ...override, ...(own && { ownTasks: own }) };
  const named = [...new Set(needed(settings))].map((id) => specOf(id, own));
  const specs = named.map((spec) => protocolSpec(spec, settings.protocol));
  const interrupt = catchInterrupts();
  let hold: Hold | undefined;
  try {
    if (await isFolder(out)) hold = await holdFolder(out, plain.say);
    const store = storeOf(storePlace(options), plain.say);
    const datasets = await loadSets(specs, options.data ?? {});
    const tasks = resolveTasks(specs, datasets);
    sayNotes(plain, datasets, protocol);
    const startedAt = new Date();
    const carriedOut = async (job: Job) => {
      await ensureWritable(out);
      hold ??= await holdFolder(out, plain.say);
      await sweep(out, plain.say);
      const tell = sayNews(reporter, (id) => tasks.get(id)?.name ?? id);
      const made = makeExperiment({ settings, tasks, datasets, job, tell, dictionary, autoBatch });
      const experiment = { ...made, ...reporter, out, startedAt };
      const listed = () => writeFileAtomic(join(out, JOBS_FILE), jobsText(experiment, storeFromRun(options)));
      try {
        await plan(experiment);
      } catch (error) {
        await listed().catch(() => undefined); // what went wrong first tells more
        throw error;
      }
      await listed();
    };
    const common = { store, signal: interrupt.signal, metrics: options.metrics };
    await withRunner(options, plain, opened, async (by) => {
      using jobs = watchJobs(reporter, { isShared: !('gpu' in by), also: watch });
      await runPlan(carriedOut, { ...common, ...by, watch: jobs });
    });
  } finally {
    await hold?.release();
    interrupt.release();
  }
}

/** Opens what does the jobs: a GPU of this process, again where it is lost, or workers. */
async function withRunner(
  options: CommonOptions,
  reporter: Reporter,
  opened: (gpu: Gpu) => void,
  work: (by: DoneBy) => Promise<void>,
): Promise<void> {
  const { queue, workers, adapter, profile, out } = options;
  if (queue !== undefined) return work({ queue: { url: queue } });
  if (workers !== undefined) return work({ workers: workersFor(workers, options) });
  const open = () => openGpu({ adapter });
  await overLosses(reporter, open, async (gpu) => {
    sayAdapter(reporter, gpu);
    opened(gpu);
    if (profile) await profiled(reporter, gpu, out, () => work({ gpu }));
    else await work({ gpu });
  });
}

/** Says which adapter runs and how to get a better one. */
export function sayAdapter({ say }: Reporter, { adapter }: Gpu): void {
  const { description, software, hint } = adapter;
  say(`adapter: ${description}${software ? ' (software)' : ''}`, { event: 'adapter', ...adapter });
  if (hint) say(`         for a faster one: ${hint}`);
}

/** Says what is not as published with the data and, where a protocol is to follow the papers, with that. */
function sayNotes(reporter: Reporter, datasets: Datasets, protocol: ProtocolName): void {
  for (const { name, notes } of datasets.values()) {
    for (const note of notes) reporter.say(`note on ${name}: ${note}`);
  }
  if (protocol === 'original') sayRefused(reporter);
}

/** Says what even the original protocol does not follow, and why. */
function sayRefused({ say }: Reporter): void {
  for (const { what, original } of refused) {
    say(`protocol original: ${what} ${original}`, { event: 'refused', what, reason: original });
  }
}
