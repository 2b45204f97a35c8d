import { join } from 'node:path';
import { Command, Option } from 'commander';
import { writeFileAtomic } from '../../data/files.node';
import { adapterKind } from '../../experiment/kinds/adapter';
import { budgetPlan, type ClaimOrder, closenessPlan } from '../../experiment/plans/claim.node';
import { settingsOf } from '../../experiment/settings/presets';
import { readTable } from '../../nas/table/file.node';
import type { Table } from '../../nas/table/table';
import { type Budgets, budgetsSchema, budgetTable } from '../../report/study/budgets';
import { writeStudy } from '../../report/study/file.node';
import type { StudyRun } from '../../report/study/run';
import { type Study, studyOf } from '../../report/study/study';
import { tableText } from '../../report/table';
import type { CommonOptions } from '../common-options';
import { type CliExperiment, withExperiment } from '../experiment';
import { example, type MatrixOptions, matrixOverride, wholeNumber, withMatrixOptions } from '../options';
import { studyText } from '../said/study-text';
import { checkKnown, checkTarget, taskIds } from '../tasks';

const MOST_REPEATS = 1000;
const MOST_FACTOR = 1000;
const BUDGETS_FILE = 'budgets.json';

interface ClaimOptions extends CommonOptions, MatrixOptions {
  readonly task?: string;
  readonly repeats: number;
  readonly budgets?: readonly number[];
  /** Path of a table of trained cells. */
  readonly table?: string;
}

export function claimCommand(): Command {
  return withMatrixOptions(new Command('claim'))
    .description(
      'Does the closest task’s space help because it is close? FUSE in the spaces of the closest task, a random one and the ' +
        'farthest, all of one size, compared by seeds in pairs; writes study.json and study.html. With --budgets instead: ' +
        'at which budget, if any, FUSE beats random search scored alike with p below 0.01; writes budgets.json',
    )
    .option('--task <id>', 'task to search for (default: the preset’s)')
    .option(
      '--repeats <n>',
      'seeds: --seed, the next one, …; each has its own networks, distances and cells tried',
      wholeNumber(1, MOST_REPEATS),
      10,
    )
    .option(
      '--budgets <factors...>',
      'compare with random search at so many times the preset’s rounds',
      factors,
    )
    .addOption(
      new Option(
        '--table <file>',
        'take what cells reach from a table, see taskgrad table build, instead of training any: 500 searches a space and seed',
      ).conflicts('budgets'),
    )
    .addHelpText(
      'after',
      example(
        'taskgrad claim --task 3 --tasks 0 1 2 3 mnist:odd --repeats 14 --out runs/claim',
        'taskgrad claim --task 3 --table bench/tables/mnist-3.json.gz --repeats 14 --out runs/claim-table',
        'taskgrad claim --task 3 --budgets 1 2 4 8 --repeats 14 --out runs/budgets',
      ),
    )
    .action(start);
}

const factors = (text: string, earlier: readonly number[] = []): number[] => [
  ...earlier,
  wholeNumber(1, MOST_FACTOR)(text),
];

async function start({ task, repeats, budgets, table: file, ...common }: ClaimOptions): Promise<void> {
  const settings = settingsOf(common.preset, common.seed, common.protocol);
  const [id] = taskIds([task ?? settings.search.target]);
  checkKnown([id], common.tasksFile);
  const matrix = matrixOverride(common);
  if (!budgets) checkTarget(matrix.tasks ?? settings.tasks, id);
  const seeds = Array.from({ length: repeats }, (_, i) => common.seed + i);
  const table = file === undefined ? undefined : await readTable(file);
  await withExperiment(
    common,
    matrix,
    (experiment) => {
      const order = { target: experiment.task(id), seeds };
      return budgets ? overBudgets(experiment, order, budgets) : byCloseness(experiment, order, table);
    },
    { needed: ({ tasks }) => (budgets ? [id] : tasks) },
  );
}

/**
 * FUSE in the spaces of closest, random and farthest task, as a study that is written after every seed.
 * @param table whose figures stand for searches and trainings
 */
export async function byCloseness(
  experiment: CliExperiment,
  order: ClaimOrder,
  table?: Table,
): Promise<void> {
  const { out, say, job } = experiment;
  const { value: adapter } = await job(adapterKind, {});
  const { id, name } = order.target;
  const runs: StudyRun[] = [];
  let study: Study | undefined;
  let names: string[] = [];
  await closenessPlan(
    experiment,
    order,
    async (more) => {
      runs.push(...more);
      study = studyOf({ adapter, tasks: [{ id, name }], runs });
      names = await writeStudy(out, study);
    },
    table,
  );
  if (!study) return;
  say(studyText(study), { event: 'study', sentence: study.sentence, pairs: study.pairs });
  say(`${names.join(', ')} are in ${out}`);
}

/** FUSE beside random search over growing budgets, in a file that is written after every one. */
export async function overBudgets(
  experiment: CliExperiment,
  order: ClaimOrder,
  factors: readonly number[],
): Promise<void> {
  const { out, say } = experiment;
  const path = join(out, BUDGETS_FILE);
  let found: Budgets | undefined;
  const rising = [...new Set(factors)].sort((a, b) => a - b);
  await budgetPlan(experiment, order, rising, async (budgets) => {
    found = budgetsSchema.parse(budgets);
    await writeFileAtomic(path, `${JSON.stringify(found, null, 2)}\n`);
  });
  if (!found) return;
  say(`${tableText(budgetTable(found))}\n\n${found.sentence}`, {
    event: 'budgets',
    sentence: found.sentence,
  });
  say(`${BUDGETS_FILE} is in ${out}`);
}
