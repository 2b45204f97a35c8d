import { type SearchMethodName, searchMethod } from '../../nas/methods/table';
import type { SearchSpace } from '../../nas/space';
import type { Table } from '../../nas/table/table';
import { type BudgetRuns, type Budgets, budgetsOf } from '../../report/study/budgets';
import { armOf, type StudyRun } from '../../report/study/run';
import type { Task } from '../../tasks/task';
import { wholeSpace } from '../scene/search-data';
import { CLOSENESS } from './closeness';
import { closenessSpaces } from './closeness.node';
import { computeDistances } from './distances.node';
import { type Experiment, together } from './experiment.node';
import { trainAll } from './networks.node';
import { repeatOf } from './repeats';
import { replayedRuns } from './replayed-runs';
import { searchThenTrain } from './searches.node';

/** A target task, and the seeds under which it is searched for. */
export interface ClaimOrder {
  readonly target: Task;
  readonly seeds: readonly number[];
}

/**
 * FUSE in the spaces of the closest task, a random one and the farthest, all of one size, under one seed after another. Each seed
 * has its own networks, distances, random task and dictionary; within a seed, images and final training are the same.
 * @param onSeed told the runs of each seed as soon as they have ended
 * @param table whose figures stand for searches and trainings; the standard space is searched then, too
 * @throws TableError where the table does not have what `replayedRuns` needs
 */
export async function closenessPlan(
  experiment: Experiment,
  { target, seeds }: ClaimOrder,
  onSeed: (runs: readonly StudyRun[]) => Promise<void>,
  table?: Table,
): Promise<void> {
  const { settings } = experiment;
  const queries = settings.search.candidates * settings.search.rounds;
  for (const [repeat, seed] of seeds.entries()) {
    const own = repeatOf({ ...experiment, tell: () => undefined }, repeat);
    await trainAll(own);
    const { distance } = await computeDistances(own);
    const spaces = await closenessSpaces(own, distance, target, seed);
    for (const name of CLOSENESS) {
      const { task, space } = spaces[name];
      experiment.tell({ kind: 'lent', seed, closeness: name, lender: task.id, space });
    }
    const lent = CLOSENESS.map((name) => spaces[name].space);
    const byTraining = () =>
      together(lent.map((space) => searched(experiment, { method: 'fuse', space, target, seed })));
    const onTable = (table: Table) =>
      replayedRuns([...lent, wholeSpace(settings.protocol)], { table, target, seed, queries });
    await onSeed(table ? onTable(table) : await byTraining());
  }
}

/**
 * FUSE and random search, which is scored alike, over growing budgets: so many times the preset's rounds. At each they are paired by
 * seed.
 * @param factors whole numbers, at least 1
 * @param onBudget told what is known so far when a budget has ended
 */
export async function budgetPlan(
  experiment: Experiment,
  { target, seeds }: ClaimOrder,
  factors: readonly number[],
  onBudget: (budgets: Budgets) => Promise<void>,
): Promise<void> {
  const { settings } = experiment;
  const space = wholeSpace(settings.protocol);
  const done: BudgetRuns[] = [];
  for (const factor of factors) {
    const search = { ...settings.search, rounds: factor * settings.search.rounds };
    const larger = { ...experiment, settings: { ...settings, search } };
    const runs = await together(
      seeds.flatMap((seed) =>
        (['fuse', 'random'] as const).map((method) => searched(larger, { method, space, target, seed })),
      ),
    );
    done.push({ factor, runs });
    await onBudget(budgetsOf(armOf(runs[0]), done));
  }
}

interface Wanted {
  readonly method: SearchMethodName;
  readonly space: SearchSpace;
  readonly target: Task;
  readonly seed: number;
}

/** One search, with its winner trained from scratch and tested. */
async function searched(experiment: Experiment, { method, space, target, seed }: Wanted): Promise<StudyRun> {
  const { rounds } = experiment.settings.search;
  const record = searchMethod(method);
  const { found, final } = await searchThenTrain(
    { ...experiment, dictionary: undefined },
    {
      label: `${record.title} ${space.name}, ${rounds} rounds, seed ${seed}`,
      ...{ method: record, target, space, seed },
    },
  );
  experiment.testImages.note(target, 'final tests');
  const run: StudyRun = {
    ...{ method: record.title, space: space.name, task: target.id, seed },
    testError: final.testError,
    parameters: final.parameters,
    gpuSeconds: found.gpuSeconds + final.gpuSeconds,
    curve: [],
  };
  experiment.tell({ kind: 'claimed', rounds, run });
  return run;
}
