import { join } from 'node:path';
import { Command } from 'commander';
import { resultsOf } from '../../experiment/plans/results.node';
import { runPlan } from '../../experiment/plans/run.node';
import { settingsOf } from '../../experiment/settings/presets';
import { compareWithPublished, searchedWith } from '../../report/comparison';
import { comparisonTable, tableText } from '../../report/table';
import { tableNotes } from '../../report/table-notes';
import { writeReport } from '../../report/write.node';
import type { CommonOptions } from '../common-options';
import { type CliExperiment, withExperiment } from '../experiment';
import { averageOption } from '../fisher-settings';
import {
  dictionaryOption,
  example,
  type MatrixOptions,
  matrixOverride,
  repeatsOption,
  withMatrixOptions,
} from '../options';
import { writeGenotype } from '../said/genotype-files';
import { sayPublished } from '../said/published-tables';
import { checkKnown, checkTarget, taskIds } from '../tasks';

interface RunOptions extends CommonOptions, MatrixOptions {
  readonly target?: string;
  readonly repeats: number;
}

export function runCommand(): Command {
  return withMatrixOptions(new Command('run'))
    .description('The whole pipeline: train, measure distances, search, compare, report')
    .addOption(averageOption())
    .addOption(dictionaryOption())
    .option('--target <id>', 'task that architectures are searched for (default: the preset’s)')
    .addOption(
      repeatsOption('seeds of every search and of what is beside it; the table then has mean ± sd over them'),
    )
    .addHelpText(
      'after',
      example(
        'taskgrad run --preset quick --out runs/quick',
        'taskgrad run --tasks 4 5 6 7 --target 6 --data cifar10=data/cifar10 --out runs/cifar',
      ),
    )
    .action(({ target, repeats, ...options }: RunOptions) => {
      const { tasks, search } = settingsOf(options.preset, options.seed, options.protocol);
      const [id] = target === undefined ? [search.target] : taskIds([target]);
      const override = matrixOverride(options);
      checkKnown([id], options.tasksFile);
      checkTarget(override.tasks ?? tasks, id);
      return withExperiment(options, { ...override, search: { ...search, target: id } }, (experiment) =>
        run(experiment, repeats),
      );
    });
}

/** The whole pipeline, with the report of it. */
export async function run(experiment: CliExperiment, repeats = 1): Promise<void> {
  const { out, say, startedAt, ledger } = experiment;
  const findings = await runPlan(experiment, repeats);
  const results = await resultsOf(experiment, findings, startedAt);
  await writeReport(out, results);
  for (const { method, winner } of findings.search) {
    const file = join(out, `genotype-${method.replaceAll(' ', '-')}`);
    await writeGenotype(file, winner);
  }
  const { name } = experiment.task(experiment.settings.search.target);
  const table = tableText(comparisonTable(results.table, searchedWith(results)));
  const notes = tableNotes(results);
  say(`\n${name}, ${results.adapter.description}:\n${[table, ...notes].join('\n')}`, {
    event: 'table',
    table: results.table,
    notes,
  });
  const comparisons = compareWithPublished([results]);
  for (const comparison of comparisons.filter(({ target }) => target === results.target)) {
    sayPublished(experiment, comparison);
  }
  const minutes = (seconds: number) => (seconds / 60).toFixed(1);
  const now = minutes((Date.now() - startedAt.getTime()) / 1000);
  say(
    `\n${now} minutes, for ${ledger.entries.length} jobs of ${minutes(ledger.seconds)} minutes in all; report: ${join(out, 'report.html')}`,
    { event: 'done', report: out },
  );
}
