import type { Estimator } from '../../fisher/estimators';
import { distanceMatrix } from '../../fisher/public';
import { keyOf, planSeeds, type Sides } from '../../fisher/sides';
import type { Summary } from '../../fisher/summary';
import { closestRows } from '../../report/closest';
import { publishedLogDetMeans } from '../../report/published';
import type { Distance, DistanceSummary } from '../../report/results';
import type { Task } from '../../tasks/task';
import { distanceKind } from '../kinds/distance.node';
import { fisherKind, type NetworksOn } from '../kinds/fisher.node';
import { type Experiment, together } from './experiment.node';
import { seedsOf, trained } from './networks.node';

/** Where results show what ε does to the log-det distances. */
const EPSILONS = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12];

/** Distances of every cell by its key, see `CellKey`. */
export type Cells = Readonly<Record<string, Awaited<ReturnType<typeof cell>>>>;

/**
 * The distance matrix over the trained networks, and its single cells.
 * @param estimator default: the settings'
 */
export async function computeDistances(
  experiment: Experiment,
  estimator: Estimator = experiment.settings.fisher.estimator,
): Promise<{ readonly distance: Distance; readonly cells: Cells }> {
  const { settings, testImages, tell } = experiment;
  const { fisher, training } = settings;
  const { squaredFrechet } = settings.protocol;
  const tasks = settings.tasks.map(experiment.task);
  const seeds = seedsOf(experiment);
  if (fisher.images === 'test') for (const task of tasks) testImages.note(task, 'distances');
  const found = await together(
    wantedCells(tasks, seeds, fisher.average).map(
      async (sides) => [keyOf(sides), await cell(experiment, sides, estimator)] as const,
    ),
  );
  const cells = Object.fromEntries(found);
  const { logdet, frechet, below, overEpsilon, nulls } = await distanceMatrix({
    tasks,
    seeds,
    average: fisher.average,
    epsilons: EPSILONS,
    known: cells,
    networkOf: unasked,
    dataOf: unasked,
  });
  const distance: Distance = {
    network: `${training.network} × ${training.width}`,
    estimator,
    head: fisher.head,
    images: fisher.images,
    averaged: fisher.average,
    ...(squaredFrechet && { squaredFrechet }),
    seeds,
    epsilon: fisher.epsilon,
    below,
    tasks: settings.tasks,
    logdet: withSeeds(logdet, tasks),
    frechet: withSeeds(frechet, tasks),
    nulls: { logdet: [...nulls.logdet], frechet: [...nulls.frechet] },
    overEpsilon: overEpsilon.map(({ epsilon, logdet }, i) => ({
      epsilon,
      logdet: summaryOf(logdet, tasks),
      nulls: [...nulls.overEpsilon[i].logdet],
    })),
    published: publishedLogDetMeans(settings.tasks),
  };
  tell({ kind: 'distance', distance, isOther: estimator !== fisher.estimator });
  return { distance, cells };
}

/** All cells of the matrices and of the nulls. */
function wantedCells(tasks: readonly Task[], seeds: readonly number[], average: boolean): Sides<Task>[] {
  const { matrices, nulls } = planSeeds(seeds, average);
  const between = matrices.flatMap((seeds) =>
    tasks.flatMap((target) =>
      tasks
        .filter((source) => source !== target)
        .map((source) => ({ source: { task: source, seeds }, target: { task: target, seeds } })),
    ),
  );
  const itself = tasks.flatMap((task) =>
    nulls.map(([own, other]) => ({ source: { task, seeds: other }, target: { task, seeds: own } })),
  );
  return [...between, ...itself];
}

async function cell(experiment: Experiment, { source, target }: Sides<Task>, estimator: Estimator) {
  const { settings, inputs, job, autoBatch } = experiment;
  const { head, count, batchSize, epsilon } = settings.fisher;
  const on = async ({ task, seeds }: Sides<Task>['source']): Promise<NetworksOn> => ({
    of: inputs(target.task),
    networks: await together(seeds.map((seed) => trained(experiment, task, seed))),
    fisher: { estimator, head, count, batchSize },
    ...(autoBatch && { autoBatch }),
  });
  const own = await job(fisherKind, await on(target), `Fisher of task ${target.task.id}`);
  const { squaredFrechet } = settings.protocol;
  const given = { ...(await on(source)), own, epsilon, epsilons: EPSILONS, squaredFrechet };
  const { value } = await job(
    distanceKind,
    given,
    `distance from task ${source.task.id} to task ${target.task.id}`,
  );
  return value;
}

const unasked = (): never => {
  throw new Error('a distance was to be computed twice');
};

/** With each seed's matrix, where there are several. */
function withSeeds(summary: Summary, tasks: readonly Task[]): DistanceSummary {
  const { perSeed } = summary;
  return { ...summaryOf(summary, tasks), ...(perSeed.length > 1 && { perSeed }) };
}

function summaryOf({ mean, sd, perSeed }: Summary, tasks: readonly Task[]): DistanceSummary {
  const ids = tasks.map(({ id }) => id);
  return { mean, sd, closest: closestRows(ids, mean, perSeed) };
}

/** The source closest to a target by the log-det means, or the target itself where the matrix leaves it out. */
export function closestTo({ task }: Pick<Experiment, 'task'>, { logdet }: Distance, target: Task): Task {
  return task(logdet.closest.find((row) => row.task === target.id)?.closest ?? target.id);
}
