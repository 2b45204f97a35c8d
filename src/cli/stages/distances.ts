import { z } from 'zod';
import { writeKept } from '../../data/kept.node';
import type { Estimator } from '../../fisher/estimators';
import { closestTask, distanceMatrix } from '../../fisher/public';
import { planSeeds } from '../../fisher/sides';
import type { Module } from '../../nn/module';
import { closestOverEpsilon, closestSpans } from '../../report/closest-over-epsilon';
import { FISHER_IMAGES_NAMES } from '../../report/distance-kind';
import { distanceTable } from '../../report/distance-table';
import { formatPercent } from '../../report/format';
import { distanceWords, nullOf } from '../../report/null-distance';
import { publishedLogDetMeans } from '../../report/published';
import type { Distance, DistanceSummary, Training } from '../../report/results';
import { tableText } from '../../report/table';
import { isCifar } from '../../tasks/catalogue';
import { numClasses, type Task } from '../../tasks/task';
import { fitting } from '../auto-batch';
import type { Session } from '../session';
import { fileWord } from '../tasks';
import { newestJson } from '../whole';
import { fisherBatches, fisherSplit } from './fisher-images';
import { type NetworkJob, trainedNetwork } from './networks';
import { publishedOrder } from './published-order';

/** Where results show what ε does to the log-det distances. */
const EPSILONS = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12];

/** What they give depends on how images are cut into batches. */
const OF_BATCHES: readonly Estimator[] = ['batch', 'original'];

/** What is kept of the distances of each seed, by 'seed/source/target', and of the nulls, see `CellKey`. */
export const knownDistancesSchema = z.record(
  z.string(),
  z.object({
    logdet: z.number(),
    frechet: z.number(),
    overEpsilon: z.array(z.number()),
    below: z.number(),
  }),
);

/** The network of one task and seed in the distance matrix. */
export function distanceJob({ settings }: Session, task: Task, seed: number): NetworkJob {
  const { training, protocol } = settings;
  const name = `${training.network}-task${fileWord(task.id)}-seed${seed}`;
  const epochs = training.epochs * (isCifar(task) ? protocol.cifarEpochs : 1);
  return { name, task, seed, training: { ...training, epochs } };
}

const seedsOf = ({ settings }: Session) =>
  Array.from({ length: settings.seeds }, (_, i) => settings.seed + i);

/** Trains the network of every task and seed, as far as that was not done before. */
export async function trainAll(session: Session): Promise<Training[]> {
  const records: Training[] = [];
  for (const seed of seedsOf(session)) {
    for (const id of session.settings.tasks) {
      const { net, record } = await trainedNetwork(session, distanceJob(session, session.task(id), seed));
      net.dispose();
      records.push(record);
    }
  }
  return records;
}

/**
 * The distance matrix over the trained networks. Cells are kept as they come, in a file for each estimator.
 * @param estimator default: the settings'
 */
export async function computeDistances(
  session: Session,
  estimator: Estimator = session.settings.fisher.estimator,
): Promise<Distance> {
  const { settings, gpu, signal } = session;
  const { fisher, training } = settings;
  const { squaredFrechet } = settings.protocol;
  const tasks = settings.tasks.map(session.task);
  const seeds = seedsOf(session);
  if (fisher.images === 'test') for (const task of tasks) await session.testImages.note(task, 'distances');
  const isOther = estimator !== fisher.estimator;
  const file = session.state(isOther ? `distances-${estimator}.json` : 'distances.json');
  const of = { estimator, settings };
  const known = (await newestJson(session, file, knownDistancesSchema, of)) ?? {};
  const networks = new Map<string, Module>();
  const plan = planSeeds(seeds, fisher.average);
  const total = tasks.length * (plan.matrices.length * (tasks.length - 1) + plan.nulls.length);
  const progress = session.progress(isOther ? `distances, ${estimator}` : 'distances', total, 'pairs');
  const quiet: Session = { ...session, say: () => undefined };
  let done = Object.keys(known).length;
  const free = () => {
    for (const net of networks.values()) net.dispose();
    networks.clear();
  };
  try {
    const measured = (parts: number) => {
      free();
      return distanceMatrix({
        tasks: tasks.map((task) => ({ ...task, images: fisherSplit(session, task) })),
        seeds,
        known,
        signal,
        estimator,
        head: fisher.head,
        epsilon: fisher.epsilon,
        epsilons: EPSILONS,
        average: fisher.average,
        networkOf: async (task, seed) => {
          const job = distanceJob(session, task, seed);
          const { net } = await trainedNetwork(quiet, job);
          networks.set(job.name, net);
          return net;
        },
        dataOf: (task) => ({
          classes: numClasses(task),
          batches: () => fisherBatches(task.images, Math.ceil(fisher.batchSize / parts)),
        }),
        onCell: async ({ key, logdet, frechet, overEpsilon, below }) => {
          known[key] = { logdet, frechet, overEpsilon: [...overEpsilon], below };
          await writeKept(file, known, { of, keepPrevious: true });
          progress.update(++done);
        },
      });
    };
    const { logdet, frechet, below, overEpsilon, nulls } = await fitting(
      session,
      'distances',
      fisher.batchSize,
      measured,
      () => (OF_BATCHES.includes(estimator) ? `the estimator ${estimator} is of batches` : undefined),
    );
    await gpu.pace();
    return {
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
      logdet: summaryOf(logdet, tasks),
      frechet: summaryOf(frechet, tasks),
      nulls: { logdet: [...nulls.logdet], frechet: [...nulls.frechet] },
      overEpsilon: overEpsilon.map(({ epsilon, logdet }, i) => ({
        epsilon,
        logdet: summaryOf(logdet, tasks),
        nulls: [...nulls.overEpsilon[i].logdet],
      })),
      published: publishedLogDetMeans(settings.tasks),
    };
  } finally {
    progress.stop();
    free();
  }
}

function summaryOf(
  { mean, sd }: { mean: number[][]; sd: number[][] },
  tasks: readonly Task[],
): DistanceSummary {
  const closest = tasks.map((task, target) => {
    const source = closestTask(mean, target);
    return { task: task.id, closest: tasks[source].id, distance: mean[source][target] };
  });
  return { mean, sd, closest };
}

/** The source closest to a target by the log-det means, or the target itself where the matrix leaves it out. */
export function closestTo({ task }: Pick<Session, 'task'>, { logdet }: Distance, target: Task): Task {
  return task(logdet.closest.find((row) => row.task === target.id)?.closest ?? target.id);
}

/** Prints the log-det matrix, what it was measured on, the closest sources, and how far the order is the published one. */
export function sayDistances(session: Session, distance: Distance): void {
  const { tasks, logdet, seeds, averaged, head, images, epsilon } = distance;
  const over = averaged
    ? `of Fishers averaged over ${seeds.length} seeds`
    : `mean ± sd over ${seeds.length} seeds`;
  const table = tableText(distanceTable(distance, (id) => session.task(id).name));
  session.say(`log-det distances, ${over}; ${nullWords(distance)}:\n${table}`, {
    event: 'distance',
    ...distance,
  });
  const below =
    distance.below === undefined ? '' : `, ${formatPercent(distance.below)} % of all entries below it`;
  session.say(`on ${FISHER_IMAGES_NAMES[images]}; heads ${head}; ε = ${epsilon.toExponential()}${below}`);
  for (const { task, closest, distance: far } of logdet.closest) {
    const words = distanceWords(far, nullOf(distance, 'logdet', task));
    session.say(`closest to task ${task}: task ${closest} (${words})`);
  }
  const changing = tasks.filter((_, target) => closestSpans(distance, target).length > 1);
  if (changing.length > 0) {
    const table = tableText(closestOverEpsilon(distance, (id) => `task ${id}`));
    session.say(
      `which task is closest depends on ε for ${changing.length} of ${tasks.length} targets:\n${table}`,
    );
  }
  const order = publishedOrder(distance);
  if (order) session.say(order.text, { event: 'published order', spearman: order.spearman });
}

const nullWords = ({ nulls, seeds }: Distance): string => {
  if (nulls?.logdet.some((itself) => itself !== null))
    return 'on the diagonal the null, which is the task itself with other first weights; in brackets what is not above it';
  return seeds.length === 1 ? 'no null with one seed' : 'no null';
};
