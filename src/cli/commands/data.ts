import { Argument, Command, InvalidArgumentError } from 'commander';
import { ARCHIVES } from '../../data/load.node';
import { DATASET_NAMES, DATASETS } from '../../data/table';
import { checkDataset } from '../data/check';
import { fetchDataset } from '../data/fetch';
import { example, jsonOption, wholeNumber } from '../options';

const MOST_RETRIES = 100;

/** Data sets that come class by class, as in 'quickdraw (about 100 MB each)'. */
const BY_CLASS = DATASETS.flatMap(({ name, source }) =>
  source.perClass ? `${name} (${source.perClass.size})` : [],
).join(', ');

export function dataCommand(): Command {
  const data = new Command('data')
    .description('Get the published data sets, and look at what a folder holds')
    .addHelpText(
      'after',
      example('taskgrad data fetch cifar10\n  $ taskgrad data check data/cifar10 --sheet cifar10.png'),
    );
  for (const command of [fetchCommand(), checkCommand()]) {
    command.showHelpAfterError(`(taskgrad data ${command.name()} --help shows its options)`);
    data.addCommand(command);
  }
  return data;
}

function fetchCommand(): Command {
  return new Command('fetch')
    .description('Download a data set from its official address; goes on where an earlier attempt stopped')
    .addArgument(new Argument('<name>', 'which data set').choices(DATASET_NAMES))
    .option('--out <dir>', 'folder for the files (default: data/<name>)')
    .option('--from <url>', 'address to get the files from in the place of the official one', webAddress)
    .option(
      '--classes <names...>',
      `classes of ${BY_CLASS}; default: those of the published tables`,
      className,
    )
    .option('--retries <n>', 'failures in a row that are borne', wholeNumber(0, MOST_RETRIES), 4)
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad data fetch fashion --out data/fashion'))
    .action(fetchDataset);
}

function checkCommand(): Command {
  return new Command('check')
    .description('Read all of a data set and say what it is, with the number of images of each class')
    .argument('<dir>', `folder of the files, or ${ARCHIVES}`)
    .option('--sheet <file>', 'draw ten images of each class into this PNG file')
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad data check data/cifar10 --sheet cifar10.png'))
    .action(checkDataset);
}

function webAddress(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError('Expected an address that begins with http:// or https://.');
}

/** Class names become file names. */
function className(name: string, earlier: readonly string[] = []): readonly string[] {
  if (/^[\p{L}\p{N}][\p{L}\p{N} '-]*$/u.test(name)) return [...earlier, name];
  throw new InvalidArgumentError('Expected names of letters, digits, spaces and hyphens.');
}
