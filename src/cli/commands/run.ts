import { join } from 'node:path';
import { Command } from 'commander';
import { searchLabelled } from '../../nas/methods/labels';
import { compareWithPublished } from '../../report/comparison';
import type { Training } from '../../report/results';
import { comparisonTable, tableText } from '../../report/table';
import { tableNotes } from '../../report/table-notes';
import { writeReport } from '../../report/write.node';
import { averageOption } from '../fisher-settings';
import { dictionaryOption, example, type MatrixOptions, matrixOverride, withMatrixOptions } from '../options';
import { settingsOf } from '../presets';
import { type CommonOptions, type Session, withSession } from '../session';
import { closestTo, computeDistances, sayDistances, trainAll } from '../stages/distances';
import { writeGenotype } from '../stages/genotype-files';
import { trainedNetwork } from '../stages/networks';
import { sayPublished } from '../stages/published-tables';
import { type Findings, resultsOf } from '../stages/results';
import { searchAndTrain } from '../stages/searches';
import { timed } from '../stages/stopwatch';
import { spacesBeside, taskAware } from '../stages/task-aware';
import { trainUnsearched } from '../stages/unsearched';
import { checkKnown, checkTarget, taskIds } from '../tasks';

interface RunOptions extends CommonOptions, MatrixOptions {
  readonly target?: string;
}

export function runCommand(): Command {
  return withMatrixOptions(new Command('run'))
    .description('The whole pipeline: train, measure distances, search, compare, report')
    .addOption(averageOption())
    .addOption(dictionaryOption())
    .option('--target <id>', 'task that architectures are searched for (default: the preset’s)')
    .addHelpText(
      'after',
      example(
        'taskgrad run --preset quick --out runs/quick',
        'taskgrad run --tasks 4 5 6 7 --target 6 --data cifar10=data/cifar10 --out runs/cifar',
      ),
    )
    .action(({ target, ...options }: RunOptions) => {
      const { tasks, search } = settingsOf(options.preset, options.seed, options.protocol);
      const [id] = target === undefined ? [search.target] : taskIds([target]);
      const override = matrixOverride(options);
      checkKnown([id], options.tasksFile);
      checkTarget(override.tasks ?? tasks, id);
      return withSession(options, { ...override, search: { ...search, target: id } }, run);
    });
}

/** The whole pipeline in one session, with the report of it. */
export async function run(session: Session): Promise<void> {
  const { out } = session;
  const time = session.state('run.time.json');
  const { result: findings, spent } = await timed(session, time, () => explore(session));
  const results = resultsOf(session, findings, spent.wallSeconds);
  await writeReport(out, results);
  for (const { method, winner } of findings.search) {
    const file = join(out, `genotype-${method.replaceAll(' ', '-')}`);
    await writeGenotype(file, winner);
  }
  const { name } = session.task(session.settings.search.target);
  const table = tableText(comparisonTable(results.table));
  const notes = tableNotes(results);
  session.say(`\n${name}, ${results.adapter.description}:\n${[table, ...notes].join('\n')}`, {
    event: 'table',
    table: results.table,
    notes,
  });
  const comparisons = compareWithPublished([results]);
  for (const comparison of comparisons.filter(({ target }) => target === results.target)) {
    sayPublished(session, comparison);
  }
  const minutes = (results.wallSeconds / 60).toFixed(1);
  session.say(`\n${minutes} minutes; report: ${join(out, 'report.html')}`, { event: 'done', report: out });
}

async function explore(session: Session): Promise<Findings> {
  const { settings } = session;
  const target = session.task(settings.search.target);
  const training = await trainAll(session);
  const distance = await computeDistances(session);
  sayDistances(session, distance);
  const aware = await taskAware(session, closestTo(session, distance, target));
  const spaces = spacesBeside(session, aware, settings.seed);
  const search = [];
  for (const wanted of settings.search.methods.map(searchLabelled)) {
    search.push(await searchAndTrain(session, wanted, target, spaces[wanted.space]));
  }
  const unsearched = await trainUnsearched(session, target);
  const baselines: Training[] = [];
  for (const { network, width } of settings.baselines) {
    const name = `${network}-final-task${target.id}`;
    const job = { name, task: target, seed: settings.seed, training: { ...settings.final, network, width } };
    const { net, record } = await trainedNetwork(session, job);
    net.dispose();
    baselines.push({ ...record, network: width === 1 ? network : `${network} × ${width}` });
  }
  return { training, distance, search, unsearched, baselines };
}
