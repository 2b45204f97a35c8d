import { searchMethod } from '../../nas/methods/table';
import type { SearchSpace, SpaceName } from '../../nas/space';
import type { StudyRun } from '../../report/study/run';
import type { Task } from '../../tasks/task';
import { chooseKind } from '../kinds/choose.node';
import { searchBudgets, wholeSpace } from '../scene/search-data';
import { closestTo, computeDistances } from './distances.node';
import { type Experiment, together } from './experiment.node';
import { Ledger } from './ledger';
import { trainAll } from './networks.node';
import { repeatOf } from './repeats';
import { finalTraining, searchThenTrain } from './searches.node';
import { spacesBeside, taskAware } from './spaces.node';
import {
  isUnsearched,
  needsDistances,
  type StudyArm,
  titleOf,
  UNSEARCHED_WAYS,
  type UnsearchedWay,
} from './study-arms';

/** What a study compares. */
export interface StudyOrder {
  readonly arms: readonly StudyArm[];
  readonly targets: readonly Task[];
  readonly seeds: readonly number[];
  /** Seeds that are under way together: one where jobs are done one after another, so that whole ones are there early. */
  readonly atOnce: number;
  /** Seconds after which no seed but the first is begun that is likely to end later: the longest one so far tells. Left out: no limit. */
  readonly limit?: number;
}

/**
 * Every method in its space for every target, under one seed after another. Under one seed all have the same images, the
 * same budget and the same final training; a cell that several find is trained once. A seed's runs follow from it alone,
 * whatever the first seed is: so a study can grow.
 * @param onSeed told the runs of each seed as soon as it has ended
 * @returns the seeds that were not begun, as time was short
 */
export async function studyPlan(
  given: Experiment,
  { arms, targets, seeds, atOnce, limit = Number.POSITIVE_INFINITY }: StudyOrder,
  onSeed: (runs: readonly StudyRun[], seed: number) => Promise<void>,
): Promise<number[]> {
  const experiment = fromSeedZero(given);
  const begun = performance.now();
  const secondsFrom = (start: number) => (performance.now() - start) / 1000;
  const left: number[] = [];
  let longest = 0;
  const next = seeds.values();
  const oneByOne = async () => {
    for (const seed of next) {
      const start = performance.now();
      if (longest > 0 && secondsFrom(begun) + longest > limit) {
        left.push(seed);
        continue;
      }
      const found = await together(targets.map((target) => runsFor(experiment, target, arms, seed)));
      longest = Math.max(longest, secondsFrom(start));
      await onSeed(found.flat(), seed);
    }
  };
  await together(Array.from({ length: Math.min(atOnce, seeds.length) }, oneByOne));
  return left.sort((a, b) => a - b);
}

/** The experiment whose repeats are the seeds themselves. */
const fromSeedZero = (experiment: Experiment): Experiment => ({
  ...experiment,
  settings: { ...experiment.settings, seed: 0 },
  inputs: (task) => ({ ...experiment.inputs(task), testSeed: 0 }),
});

/** Every arm for one target under one seed. */
async function runsFor(
  experiment: Experiment,
  target: Task,
  arms: readonly StudyArm[],
  seed: number,
): Promise<StudyRun[]> {
  const whole = wholeSpace(experiment.settings.protocol);
  const drawn: Promise<Drawn> | undefined = arms.some(needsDistances)
    ? drawnSpaces(experiment, target, seed)
    : undefined;
  return together(
    arms.map(async (arm) => {
      const { method } = arm;
      const name = { method: titleOf(method), space: arm.space, task: target.id, seed };
      const label = `${name.method} ${name.space}, task ${target.id}, seed ${seed}`;
      const from = needsDistances(arm) ? await drawn : undefined;
      const space = from?.spaces[arm.space] ?? whole;
      const found = isUnsearched(method)
        ? await unsearched(experiment, { way: method, target, seed, label })
        : await searched(experiment, {
            ...{ label, method: searchMethod(method), target, seed, space },
          });
      const run = { ...name, ...found, ...(from && { spaceSeconds: from.seconds }) };
      experiment.tell({ kind: 'studied', run });
      return run;
    }),
  );
}

type Outcome = Pick<StudyRun, 'testError' | 'parameters' | 'gpuSeconds' | 'curve'>;

async function searched(
  experiment: Experiment,
  order: Parameters<typeof searchThenTrain>[1],
): Promise<Outcome> {
  const { found, final } = await searchThenTrain(experiment, order);
  const { testError, parameters } = final;
  const gpuSeconds = found.gpuSeconds + final.gpuSeconds;
  return { testError, parameters, gpuSeconds, curve: found.curve ?? [] };
}

interface UnsearchedOrder {
  readonly way: UnsearchedWay;
  readonly target: Task;
  readonly seed: number;
  readonly label: string;
}

async function unsearched(
  experiment: Experiment,
  { way, target, seed, label }: UnsearchedOrder,
): Promise<Outcome> {
  const { settings, inputs, job } = experiment;
  const drawn = Math.max(1, settings.unsearched);
  const given = { of: inputs(target), plan: searchBudgets(settings), seed, drawn };
  const { value: choices } = await job(chooseKind, given, `cells without a search, seed ${seed}`);
  const { genotype } = choices.find(({ rule }) => rule === UNSEARCHED_WAYS[way].rule) ?? choices[0];
  const { testError, parameters, gpuSeconds } = await finalTraining(experiment, {
    ...{ label, target, genotype, seed },
  });
  return { testError, parameters, gpuSeconds, curve: [] };
}

interface Drawn {
  readonly spaces: Readonly<Record<SpaceName, SearchSpace>>;
  /** What all jobs took that they follow from. */
  readonly seconds: number;
}

/**
 * The spaces of a seed: from networks, distances and a dictionary that no other seed has. The distances are between the
 * preset's tasks and the target.
 */
async function drawnSpaces(experiment: Experiment, target: Task, seed: number): Promise<Drawn> {
  const { settings } = experiment;
  const tasks = [...new Set([...settings.tasks, target.id])];
  const silent = { ...experiment, tell: () => undefined, settings: { ...settings, tasks } };
  const ledger = new Ledger();
  const repeat = { ...repeatOf(silent, seed), job: ledger.keeping(experiment.job) };
  await trainAll(repeat);
  const { distance } = await computeDistances(repeat);
  const aware = await taskAware(repeat, closestTo(repeat, distance, target), seed);
  return { spaces: spacesBeside(experiment, aware, seed), seconds: ledger.seconds };
}
