import { join } from 'node:path';
import type { AdapterChoice } from '../../runtime/host';
import { ensureWritable, isFolder } from '../data/files.node';
import type { Hold } from '../experiment/hold.node';
import { openGpu } from '../node';
import { refused } from '../report/fidelity/fidelity';
import type { ProtocolName } from '../report/protocol';
import type { Task } from '../tasks/task';
import { readTasksFile } from '../tasks/tasks-file.node';
import type { Gpu } from '../tensor/gpu';
import { holdFolder } from './hold';
import { catchInterrupts } from './interrupt';
import { logged } from './log';
import { overLosses } from './losses';
import { type PresetName, type Settings, settingsOf } from './presets';
import { profiled } from './profiling';
import { type Event, type Reporter, reporterFor } from './progress';
import { protocolSpec } from './protocol-tasks';
import {
  type DataFolders,
  type Datasets,
  loadSets,
  type OpenSet,
  openSets,
  resolveTasks,
  setOf,
} from './sets';
import { addData, beginState, checkData, checkSettings, hasRun, stateIn } from './state';
import { sweep } from './sweep';
import { specOf } from './tasks';
import { openTestImages, type TestImages } from './test-images';

/** Options that every command shares. */
export interface CommonOptions {
  readonly preset: PresetName;
  readonly protocol: ProtocolName;
  readonly data?: DataFolders;
  /** Path of a file of own tasks. */
  readonly tasksFile?: string;
  /** Path of a dictionary of architectures that runs share. */
  readonly dictionary?: string;
  readonly out: string;
  readonly seed: number;
  readonly adapter: AdapterChoice;
  readonly resume: boolean;
  readonly json: boolean;
  readonly profile: boolean;
  /** Whether work that does not fit into the GPU's memory goes on with smaller parts of a batch; default false. */
  readonly autoBatch?: boolean;
}

const UNCHECKED =
  'this run was begun by an earlier version, whose files have no checksums: they are believed; those written from now on have them';

/** All that the stages of an experiment share. */
export interface Session extends Reporter {
  readonly gpu: Gpu;
  readonly settings: Settings;
  /** A task of the run by its id. */
  readonly task: (id: string) => Task;
  /** What a task is cut from. */
  readonly set: (task: Task) => OpenSet;
  /** The folder of the run, and where its state lies in it. */
  readonly out: string;
  readonly state: (...path: string[]) => string;
  readonly autoBatch: boolean;
  /** Keeps account of what test images are read for. */
  readonly testImages: TestImages;
  /** Path of the dictionary of architectures. */
  readonly dictionary: string;
  /** Adds an event to log.jsonl in the run's folder, as `say` does with its own, and to the lines of `--json`. */
  readonly log: (event: Event) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly startedAt: Date;
}

/**
 * Opens data, GPU and folder, runs `work`, and closes them again whatever happens. Nothing is written before all that
 * can be wrong with them has been looked at.
 * @param needed ids of the tasks whose data `work` will ask for; default: those of the distance matrix
 */
export async function withSession(
  options: CommonOptions,
  override: Partial<Settings>,
  work: (session: Session) => Promise<void>,
  needed: (settings: Settings) => readonly string[] = ({ tasks }) => tasks,
): Promise<void> {
  const reporter = reporterFor(options);
  const { out, preset, seed, protocol } = options;
  const own = options.tasksFile === undefined ? undefined : await readTasksFile(options.tasksFile);
  const base = settingsOf(preset, seed, protocol);
  const settings: Settings = { ...base, ...override, ...(own && { ownTasks: own }) };
  const named = [...new Set(needed(settings))].map((id) => specOf(id, own));
  const specs = named.map((spec) => protocolSpec(spec, settings.protocol));
  const interrupt = catchInterrupts();
  const holdOut = () => holdFolder(out, reporter.say);
  let hold: Hold | undefined;
  try {
    if (await isFolder(out)) hold = await holdOut();
    const resumes = options.resume && hasRun(out);
    if (options.resume && !resumes) reporter.say(`there is no run in ${out} to resume; a new one begins`);
    if (resumes && !(await checkSettings(out, settings))) reporter.say(UNCHECKED);
    const datasets = await loadSets(specs, options.data ?? {});
    const tasks = resolveTasks(specs, datasets);
    if (resumes) await checkData(out, datasets);
    const open = () => openGpu({ adapter: options.adapter });
    const begin = async () => {
      await ensureWritable(out);
      hold ??= await holdOut();
      await sweep(out, reporter.say);
      if (resumes) return addData(out, datasets);
      const aside = await beginState(out, { settings, datasets });
      if (aside) reporter.say(`an earlier run's state was put aside in ${aside}`);
    };
    const startedAt = new Date();
    await overLosses(reporter, open, async (gpu, losses) => {
      sayAdapter(reporter, gpu);
      if (losses === 0) sayNotes(reporter, datasets, protocol);
      const sets = openSets(gpu, datasets, settings.protocol);
      if (losses === 0) await begin();
      const session = {
        ...reporter,
        gpu,
        settings,
        out,
        task: (id: string) => tasks.get(id) ?? unopened(id),
        set: ({ dataset }: Task) => setOf(sets, dataset),
        state: stateIn(out),
        autoBatch: options.autoBatch ?? false,
        testImages: await openTestImages(stateIn(out)('test-images.json')),
        dictionary: options.dictionary ?? stateIn(out)('dictionary.json'),
        ...logged(reporter, join(out, 'log.jsonl')),
        signal: interrupt.signal,
        startedAt,
      };
      if (options.profile) await profiled(session, gpu, out, () => work(session));
      else await work(session);
    });
  } finally {
    await hold?.release();
    interrupt.release();
  }
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

function unopened(id: string): never {
  throw new RangeError(`the data of task ${id} was not loaded; a command has to name its tasks first`);
}
