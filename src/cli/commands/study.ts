import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { checkIdentity } from '../../data/kept.node';
import { adapterKind } from '../../experiment/kinds/adapter';
import type { Experiment } from '../../experiment/plans/experiment.node';
import { type StudyOrder, studyPlan } from '../../experiment/plans/study.node';
import { armsOf, needsDistances, STUDY_METHODS, type StudyMethod } from '../../experiment/plans/study-arms';
import { searchBudgets } from '../../experiment/scene/search-data';
import { settingsOf } from '../../experiment/settings/presets';
import { SEARCH_METHOD_NAMES } from '../../nas/methods/table';
import { SPACE_NAMES, type SpaceName } from '../../nas/space';
import { readTable } from '../../nas/table/file.node';
import type { Table } from '../../nas/table/table';
import { readStudy, STUDY_FILE, writeStudy } from '../../report/study/file.node';
import { studyTable } from '../../report/study/on-table';
import { runsBeside, type StudyRun } from '../../report/study/run';
import { grownStudy, type Study, studyOf } from '../../report/study/study';
import { RESULTS_FILE } from '../../report/write.node';
import type { CommonOptions } from '../common-options';
import { type CliExperiment, withExperiment } from '../experiment';
import { type FisherOptions, fisherOverride, withFisherOptions } from '../fisher-settings';
import { example, wholeNumber, withCommonOptions } from '../options';
import { studyText } from '../said/study-text';
import { checkKnown, taskIds } from '../tasks';

const MOST_SEEDS = 1000;
const HOUR = 3600;
const METHODS: readonly StudyMethod[] = ['fuse', 'random', 'none'];

interface NamedMethod {
  readonly method: StudyMethod;
  readonly space?: SpaceName;
}

interface StudyOptions extends CommonOptions, FisherOptions {
  readonly methods?: readonly NamedMethod[];
  readonly spaces: readonly SpaceName[];
  readonly tasks?: readonly string[];
  readonly seeds: number;
  readonly hours?: number;
  readonly table?: string;
}

export function studyCommand(): Command {
  return withFisherOptions(withCommonOptions(new Command('study')))
    .description(
      'Compare search methods over seeds, paired by images and final training, at one budget: means with intervals, ' +
        'paired differences with exact tests, curves, and one sentence that says what they bear out. Writes study.json ' +
        'and study.html; given again with more seeds, methods or tasks, the study in the folder grows',
    )
    .addOption(
      new Option(
        '--methods <names...>',
        `what to compare, as in fuse, or fuse:task-aware for one space alone; known are ${STUDY_METHODS.join(', ')}, the last three without a search (default: ${METHODS.join(' ')})`,
      ).argParser(namedMethods),
    )
    .addOption(
      new Option('--spaces <names...>', 'spaces of the methods that name none')
        .choices(SPACE_NAMES)
        .default(['standard']),
    )
    .option('--tasks <ids...>', 'target tasks (default: the preset’s)')
    .option('--seeds <n>', 'seeds: --seed, the next one, …', wholeNumber(1, MOST_SEEDS), 10)
    .option(
      '--hours <h>',
      'begin no seed that is likely to end later than so many hours from now; the same command goes on',
      hours,
    )
    .option(
      '--table <file>',
      'a table of trained cells, see taskgrad table: the methods are replayed on it, too, 500 times',
    )
    .addHelpText(
      'after',
      example(
        'taskgrad study --methods fuse random darts none --seeds 10 --out runs/study',
        'taskgrad study --methods fuse random --spaces standard task-aware --tasks 1 2 3 --hours 2 --out runs/study',
        'taskgrad study --methods fuse:task-aware random --seeds 20 --workers 2 --out runs/study   # a study grows',
      ),
    )
    .action(start);
}

async function start({
  methods,
  spaces,
  tasks,
  seeds,
  hours,
  table: file,
  ...common
}: StudyOptions): Promise<void> {
  const { seed, preset, protocol, tasksFile, queue, workers } = common;
  const settings = settingsOf(preset, seed, protocol);
  const targets = tasks ? taskIds(tasks) : [settings.search.target];
  checkKnown(targets, tasksFile);
  const arms = armsOf(methods ?? METHODS.map((method) => ({ method })), spaces);
  const table = file === undefined ? undefined : await readTable(file);
  const order = {
    ...{ arms, seeds: Array.from({ length: seeds }, (_, i) => seed + i) },
    atOnce: queue === undefined ? (workers ?? 1) : seeds,
    ...(hours !== undefined && { limit: hours * HOUR }),
  };
  await withExperiment(
    common,
    fisherOverride(common, settings.fisher),
    (experiment) => study(experiment, { ...order, targets: targets.map(experiment.task) }, table),
    { needed: ({ tasks }) => (arms.some(needsDistances) ? [...tasks, ...targets] : targets) },
  );
}

/**
 * Makes or grows the study of the experiment's folder, with its file, page and pictures after every seed.
 * @param table what the methods are replayed on, too
 */
export async function study(experiment: CliExperiment, order: StudyOrder, table?: Table): Promise<void> {
  const { out, say, job } = experiment;
  const { value: adapter } = await job(adapterKind, {});
  const of = sharedBy(experiment, adapter.kind);
  const file = join(out, STUDY_FILE);
  const before = await readStudy(out);
  if (before?.of) checkIdentity(file, before.of, of);
  const onTable = table && tableFacts(experiment, order, table);
  const shared = { adapter, of, ...(onTable && { table: onTable }) };
  const tasks = order.targets.map(({ id, name }) => ({ id, name }));
  const fresh: StudyRun[] = [];
  let whole: Study | null = before;
  let written = Promise.resolve<readonly string[]>([]);
  const left = await studyPlan(experiment, order, async (runs) => {
    fresh.push(...runs);
    const grown = before
      ? grownStudy({ ...before, ...shared, runs: runsBeside(before.runs, fresh) }, { tasks, runs: fresh })
      : studyOf({ ...shared, tasks, runs: fresh });
    whole = grown;
    written = written.then(() => writeStudy(out, grown));
    await written;
  });
  if (whole) sayStudy(experiment, whole);
  say(`${(await written).join(', ')} are in ${out}`);
  if (existsSync(join(out, RESULTS_FILE)))
    say(`to have them in report.html, too: taskgrad report --out ${out}`);
  if (left.length > 0) sayLeft(experiment, order, left);
}

/** What the study's search methods find on a table when they may ask for as many cells as a search trains networks. */
function tableFacts({ settings }: Experiment, { arms }: StudyOrder, table: Table) {
  const { candidates, rounds } = settings.search;
  const methods = SEARCH_METHOD_NAMES.filter((name) => arms.some(({ method }) => method === name));
  return studyTable(table, methods, candidates * rounds);
}

/** What all runs of a study have in common. */
function sharedBy({ settings }: Experiment, adapter: string): Record<string, unknown> {
  const { preset, protocol, tasks, seeds, training, fisher, search, final } = settings;
  const { dictionaryDraws } = search;
  const spaces = { tasks, seeds, training, fisher, dictionaryDraws };
  return { adapter, preset, protocol: protocol.name, search: searchBudgets(settings), final, spaces };
}

function sayStudy({ say }: CliExperiment, study: Study): void {
  const { sentence, methods, pairs, seeds, table } = study;
  say(`\n${studyText(study)}`, { event: 'study', sentence, methods, pairs, seeds, ...(table && { table }) });
}

function sayLeft({ say }: CliExperiment, { seeds }: StudyOrder, left: readonly number[]): void {
  const done = seeds.length - left.length;
  say(
    `the time is up: ${done} of ${seeds.length} seeds are in the study; the same command goes on with seed ${left[0]}, and computes nothing again`,
    { event: 'time is up', seeds: seeds.length, left },
  );
}

/** One entry of `--methods`, beside those before it. */
function namedMethods(text: string, earlier: readonly NamedMethod[] = []): NamedMethod[] {
  const [name, space, ...more] = text.split(':');
  const method = STUDY_METHODS.find((known) => known === name);
  const named = SPACE_NAMES.find((known) => known === space);
  if (method && more.length === 0 && (named || space === undefined))
    return [...earlier, { method, space: named }];
  throw new InvalidArgumentError(
    `Expected one of ${STUDY_METHODS.join(', ')}, alone or with a space behind it, as in fuse:task-aware; spaces are ${SPACE_NAMES.join(', ')}.`,
  );
}

function hours(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number of hours above 0, such as 2 or 0.5.');
}
