import { join } from 'node:path';
import { Command, Option } from 'commander';
import { searchPlan } from '../../experiment/plans/search.node';
import { type Settings, settingsOf } from '../../experiment/settings/presets';
import { HEADS, type Head } from '../../nas/backbone';
import { SEARCH_METHOD_NAMES, type SearchMethodName } from '../../nas/methods/table';
import { SPACE_NAMES, type SpaceName } from '../../nas/space';
import { singleSearchNote } from '../../report/seed-spread';
import { formatSpread, spreadOf } from '../../report/statistics/spread';
import { meanInterval } from '../../report/study/arms';
import { formatPointEnds } from '../../report/study/points';
import type { CommonOptions } from '../common-options';
import { type CliExperiment, withExperiment } from '../experiment';
import { averageOption } from '../fisher-settings';
import {
  dictionaryOption,
  example,
  type MatrixOptions,
  matrixOverride,
  repeatsOption,
  wholeNumber,
  withMatrixOptions,
} from '../options';
import { writeGenotype } from '../said/genotype-files';
import { checkKnown, checkTarget, taskIds } from '../tasks';

const MOST_CELLS = 100;
const MOST_CHANNELS = 1024;

interface SearchOptions extends CommonOptions, MatrixOptions {
  readonly task: string;
  readonly method: SearchMethodName;
  readonly space: SpaceName;
  readonly nodes?: '3' | '4';
  readonly cells?: number;
  readonly channels?: number;
  readonly cellHead?: Head;
  readonly repeats: number;
}

export function searchCommand(): Command {
  return withMatrixOptions(new Command('search'))
    .description('Search a cell for one task, train the winner from scratch and test it')
    .option('--task <id>', 'task to search for', '3')
    .addOption(
      new Option('--method <name>', 'how to search, all on the same budget')
        .choices(SEARCH_METHOD_NAMES)
        .default('fuse'),
    )
    .addOption(
      new Option(
        '--space <name>',
        'task-aware: the operations that the closest task’s best cells use; random-space: as many, drawn at random',
      )
        .choices(SPACE_NAMES)
        .default('standard'),
    )
    .addOption(new Option('--nodes <n>', 'nodes of a cell (default: the preset’s)').choices(['3', '4']))
    .option(
      '--cells <n>',
      'cells in a stack, two of them reductions (default: one cell on the images themselves)',
      wholeNumber(3, MOST_CELLS),
    )
    .option(
      '--channels <n>',
      'channels of a cell’s nodes, in a stack of the first cells’ (default: the preset’s)',
      wholeNumber(1, MOST_CHANNELS),
    )
    .addOption(
      new Option(
        '--cell-head <name>',
        'what a lone cell’s linear head sees: every pixel, or the mean over them (default: the preset’s)',
      ).choices(HEADS),
    )
    .addOption(
      repeatsOption('searches with other seeds, one after another; each draws its own task-aware space'),
    )
    .addOption(averageOption())
    .addOption(dictionaryOption())
    .addHelpText(
      'after',
      example(
        'taskgrad search --task 3 --space task-aware --out runs/search',
        'taskgrad search --task 6 --space task-aware --tasks 4 5 6 7 --data cifar10=data/cifar10 --out runs/cifar',
        'taskgrad search --task 7 --method darts --cells 8 --channels 16 --repeats 3 --data cifar10=data/cifar10 --out runs/darts',
      ),
    )
    .action(search);
}

async function search({ task, method, space, repeats, ...common }: SearchOptions): Promise<void> {
  const settings = settingsOf(common.preset, common.seed, common.protocol);
  const [id] = taskIds([task]);
  const needsDistances = space !== 'standard';
  const matrix = matrixOverride(common);
  checkKnown([id], common.tasksFile);
  if (needsDistances) checkTarget(matrix.tasks ?? settings.tasks, id);
  const cell = cellOverride(common);
  const override = { ...matrix, search: { ...settings.search, target: id, ...cell } };
  const isAsPreset = Object.keys({ ...cell, ...(needsDistances && matrix) }).length === 0;
  const by = { preset: common.preset, protocol: common.protocol, ...(isAsPreset && { target: id }) };
  const explore = async (experiment: CliExperiment) => {
    const order = { target: experiment.task(id), method, space, repeats };
    const found = await searchPlan(experiment, order, ({ winner }, repeat) => {
      const name = repeat === 0 ? 'genotype' : `genotype-seed${experiment.settings.seed + repeat}`;
      return writeGenotype(join(experiment.out, name), winner);
    });
    const errors = found.map(({ testError }) => testError);
    if (repeats > 1) saySpread(experiment, found[0].method, errors);
    else experiment.say(singleSearchNote(by, [found[0].method]), { event: 'one search' });
    experiment.say(`genotype.json and genotype.svg are in ${experiment.out}`);
  };
  await withExperiment(common, override, explore, {
    needed: ({ tasks }) => (needsDistances ? tasks : [id]),
  });
}

/** What the options say of the network that is searched. */
function cellOverride({
  nodes,
  cells,
  channels,
  cellHead,
}: Pick<SearchOptions, 'nodes' | 'cells' | 'channels' | 'cellHead'>): Partial<Settings['search']> {
  return {
    ...(nodes && { nodes: nodes === '3' ? 3 : 4 }),
    ...(cells && { cells }),
    ...(channels && { channels }),
    ...(cellHead && { head: cellHead }),
  };
}

function saySpread({ say }: CliExperiment, label: string, errors: readonly number[]): void {
  const spread = spreadOf(errors);
  const text = formatSpread(spread, (error) => (100 * error).toFixed(2));
  const ci = meanInterval(
    errors.map(() => ({ task: '' })),
    errors,
  );
  const ends = ci ? `, 95 % interval of the mean ${formatPointEnds(ci)}` : '';
  say(`${label}: test error ${text} % (mean ± sd)${ends}, over ${errors.length} seeds`, {
    event: 'repeats',
    method: label,
    seeds: errors.length,
    ...spread,
    ci,
  });
}
