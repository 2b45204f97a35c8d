import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { SearchMethodName } from '../../nas/methods/table';
import { replayable } from '../../nas/replay/replay';
import { SCORE_NAMES, type ScoreName } from '../../nas/scores/table';
import { TABLE_SPLITS } from '../../nas/table/data';
import { adapterOption, dataFolder, example, jsonOption, wholeNumber, withCommonOptions } from '../options';
import { buildTable } from '../table/build';
import { importTable } from '../table/import';
import { agreeWithTable } from '../table/own-scores';
import { queryTable } from '../table/query';
import { replayTable } from '../table/replay';
import { scoreTable } from '../table/scores';

const MOST_CELLS = 15_625;
const MOST_SEEDS = 100;
const MOST_BATCH = 1_024;
const MOST_REPLAYS = 100_000;
const MOST_SEED = 0x7fff_ffff;

export function tableCommand(): Command {
  const table = new Command('table')
    .description('Tables of trained cells: get one, look cells up, see which scores order them')
    .addHelpText(
      'after',
      example(
        'taskgrad table build --task 3 --out runs/table-3',
        'taskgrad table import nasbench201.json.gz',
        'taskgrad table query data/tables/nasbench201.json.gz',
        'taskgrad table scores data/tables/nasbench201.json.gz --cells 300 --data cifar10=data/cifar10',
      ),
    );
  for (const command of [
    buildCommand(),
    importCommand(),
    queryCommand(),
    replayCommand(),
    agreementCommand(),
    scoresCommand(),
  ]) {
    command.showHelpAfterError(`(taskgrad table ${command.name()} --help shows its options)`);
    table.addCommand(command);
  }
  return table;
}

function buildCommand(): Command {
  return withCommonOptions(new Command('build'))
    .description(
      'Train every cell of the standard space from scratch, cheaply: a table for searches to be replayed on',
    )
    .option('--task <id>', 'task to train for', '3')
    .addOption(
      new Option('--nodes <n>', 'nodes of a cell: 1,000 cells of three, a million of four')
        .choices(['3', '4'])
        .default('3'),
    )
    .option('--seeds <n>', 'seeds of the networks that have several', wholeNumber(1, MOST_SEEDS), 3)
    .option('--repeated <n>', 'how many networks have several', wholeNumber(0, MOST_CELLS), 100)
    .option(
      '--networks <n>',
      'how many different networks, drawn by the seed (default: all)',
      wholeNumber(1, MOST_CELLS),
    )
    .option(
      '--budget <file>',
      'JSON file of how a cell is trained (default: four seconds of CPU time a cell on lavapipe)',
    )
    .option('--table <file>', 'where to write the table (default: table.json.gz in --out)')
    .addHelpText(
      'after',
      example(
        'taskgrad table build --task 3 --out runs/table-3 --table bench/tables/mnist-3.json.gz',
        'taskgrad table build --task 7 --networks 50 --repeated 10 --data cifar10=data/cifar10 --out runs/table-7',
      ),
    )
    .action(buildTable);
}

function importCommand(): Command {
  return new Command('import')
    .description('Make a table of NAS-Bench-201’s accuracies, which taskgrad does not bring along')
    .argument('<file>', 'nasbench201.json.gz: { columns, cells, accuracy }, see nas.importNasBench201')
    .option('--out <file>', 'where to write the table', 'data/tables/nasbench201.json.gz')
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad table import ../shared/data/nasbench201/nasbench201.json.gz'))
    .action(importTable);
}

function queryCommand(): Command {
  return new Command('query')
    .description(
      'What a table says of a cell: accuracies, rank, distance from the best; without a cell its best ones',
    )
    .argument('<table>', 'file of a table')
    .addArgument(new Argument('[cell]', 'as |op~0|+|op~0|op~1|+|op~0|op~1|op~2|'))
    .option('--task <name>', 'task that ranks are of (default: the table’s first)')
    .addOption(splitOption())
    .option('--top <n>', 'how many of the best cells are named', wholeNumber(1, MOST_CELLS), 5)
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad table query data/tables/nasbench201.json.gz --task cifar100'))
    .action(queryTable);
}

function replayCommand(): Command {
  return new Command('replay')
    .description(
      'Replay search methods on a table many times: regret and rank of what they find, against queries',
    )
    .argument('<table>', 'file of a table')
    .option('--methods <names...>', `which of ${replayable().join(', ')} (default: all)`, methodName)
    .option('--queries <n>', 'trained networks that a search may ask for', wholeNumber(1, MOST_CELLS), 100)
    .option('--seeds <n>', 'how often each is replayed', wholeNumber(1, MOST_REPLAYS), 500)
    .option('--seed <n>', 'first seed; the others follow', wholeNumber(0, MOST_SEED), 0)
    .option('--task <name>', 'task of the accuracies (default: the table’s first)')
    .option('--out <file>', 'JSON file of all figures (default: none is written)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example('taskgrad table replay data/tables/nasbench201.json.gz --queries 200 --task cifar10'),
    )
    .action(replayTable);
}

function agreementCommand(): Command {
  return withCommonOptions(new Command('agreement'))
    .description(
      'Have cells of a table compete as in rounds of FUSE, and see how well the search’s own scores order them',
    )
    .argument(
      '<table>',
      'file that table build wrote, or of NAS-Bench-201, whose cells then compete on CIFAR-10',
    )
    .option('--task <name>', 'task of the accuracies (default: the table’s first)')
    .option('--rounds <n>', 'rounds of one mixture each', wholeNumber(1, MOST_CELLS), 20)
    .option('--candidates <n>', 'cells of a round', wholeNumber(2, MOST_BATCH), 3)
    .option(
      '--epochs <n>',
      'epochs of a round’s weights (default: as the table’s; for NAS-Bench-201 3)',
      wholeNumber(1, MOST_CELLS),
    )
    .option('--alpha-steps <n>', 'steps of α (default: 400)', wholeNumber(1, MOST_CELLS))
    .option('--no-shared', 'leave out the scores by shared weights, which cost as much as dozens of rounds')
    .addHelpText(
      'after',
      example(
        'taskgrad table agreement bench/tables/mnist-3.json.gz --rounds 40 --out runs/agreement',
        'taskgrad table agreement data/tables/nasbench201.json.gz --rounds 67 --data cifar10=data/cifar10 --out runs/agreement-201',
      ),
    )
    .action(agreeWithTable);
}

function scoresCommand(): Command {
  return new Command('scores')
    .description(
      'Score untrained cells of NAS-Bench-201 on CIFAR-10, and see how well each score orders them',
    )
    .argument('<table>', 'file that table import wrote')
    .option('--cells <n>', 'how many cells, drawn by the seed', wholeNumber(2, MOST_CELLS), 300)
    .option('--batch <n>', 'images that each cell is scored on', wholeNumber(2, MOST_BATCH), 16)
    .option('--seed <n>', 'of cells, images and first weights', wholeNumber(0, MOST_SEED), 0)
    .option('--data <place>', 'folder of the images, as cifar10=DIR (default: data/cifar10)', dataFolder)
    .option('--scores <names...>', `which of ${SCORE_NAMES.join(', ')} (default: all)`, scoreName)
    .option('--task <name>', 'task of the accuracies (default: the table’s first)')
    .addOption(splitOption())
    .option(
      '--out <file>',
      'scored cells, a line each; those that are there are not scored again',
      'runs/scores.jsonl',
    )
    .addOption(adapterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example('taskgrad table scores data/tables/nasbench201.json.gz --cells 40 --data cifar10=data/cifar10'),
    )
    .action(scoreTable);
}

const splitOption = () =>
  new Option('--split <name>', 'images that accuracies are of').choices([...TABLE_SPLITS]).default('test');

function scoreName(text: string, earlier: readonly ScoreName[] = []): readonly ScoreName[] {
  const found = SCORE_NAMES.find((name) => name === text);
  if (found) return [...earlier, found];
  throw new InvalidArgumentError(`Expected one of ${SCORE_NAMES.join(', ')}.`);
}

function methodName(text: string, earlier: readonly SearchMethodName[] = []): readonly SearchMethodName[] {
  const found = replayable().find((name) => name === text);
  if (found) return [...earlier, found];
  throw new InvalidArgumentError(`Expected one of ${replayable().join(', ')}.`);
}
