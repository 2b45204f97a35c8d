import { existsSync } from 'node:fs';
import { z } from 'zod';
import { type DeviceImages, disposeOrder } from '../../data/device-set';
import { readJson, writeFileAtomic } from '../../data/files.node';
import type { Estimator } from '../../fisher/estimators';
import { closestTask, distanceMatrix } from '../../fisher/public';
import type { Module } from '../../nn/module';
import { formatDistance } from '../../report/format';
import { publishedLogDetMeans } from '../../report/published';
import type { Distance, DistanceSummary, Training } from '../../report/results';
import { columns, type TextTable, tableText } from '../../report/table';
import { numClasses, type Split, type Task, taskSplit } from '../../tasks/task';
import type { Session } from '../session';
import { fileWord } from '../tasks';
import { type NetworkJob, trainedNetwork } from './networks';
import { publishedOrder } from './published-order';

/** What is kept of the distances of each seed, by 'seed/source/target'. */
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
  const { training } = settings;
  const name = `${training.network}-task${fileWord(task.id)}-seed${seed}`;
  return { name, task, seed, training };
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
  const tasks = settings.tasks.map(session.task);
  const seeds = seedsOf(session);
  const isOther = estimator !== fisher.estimator;
  const file = session.state(isOther ? `distances-${estimator}.json` : 'distances.json');
  const known = existsSync(file) ? await readJson(file, knownDistancesSchema) : {};
  const splits = new Map(
    tasks.map((task) => [
      task.id,
      taskSplit(task, session.set(task).dataset.test.labels, settings.seed, {
        limit: fisher.images,
        negatives: settings.protocol.negatives,
      }),
    ]),
  );
  const networks = new Map<string, Module>();
  const total = seeds.length * tasks.length * (tasks.length - 1);
  const progress = session.progress(isOther ? `distances, ${estimator}` : 'distances', total, 'pairs');
  const quiet: Session = { ...session, say: () => undefined };
  let done = Object.keys(known).length;
  try {
    const { logdet, frechet } = await distanceMatrix({
      tasks,
      seeds,
      known,
      signal,
      estimator,
      epsilon: fisher.epsilon,
      networkOf: async (task, seed) => {
        const job = distanceJob(session, task, seed);
        const { net } = await trainedNetwork(quiet, job);
        networks.set(job.name, net);
        return net;
      },
      dataOf: (task) => ({
        classes: numClasses(task),
        batches: () => batchesOf(session.set(task).test, splits.get(task.id), fisher.batchSize),
      }),
      onCell: async ({ key, logdet, frechet, overEpsilon, below }) => {
        known[key] = { logdet, frechet, overEpsilon: [...overEpsilon], below };
        await writeFileAtomic(file, JSON.stringify(known));
        progress.update(++done);
      },
    });
    await gpu.pace();
    return {
      network: `${training.network} × ${training.width}`,
      estimator,
      seeds,
      epsilon: fisher.epsilon,
      tasks: settings.tasks,
      logdet: summaryOf(logdet, tasks),
      frechet: summaryOf(frechet, tasks),
      published: publishedLogDetMeans(settings.tasks),
    };
  } finally {
    progress.stop();
    for (const net of networks.values()) net.dispose();
  }
}

function* batchesOf(images: DeviceImages, split: Split | undefined, batchSize: number) {
  if (!split) return;
  const order = images.order(Uint32Array.from(split.indices), Int32Array.from(split.labels));
  try {
    for (let start = 0; start < order.count; start += batchSize) {
      const batch = images.batch(order, start, Math.min(batchSize, order.count - start));
      yield batch;
      batch.inputs.dispose();
      batch.labels.dispose();
    }
  } finally {
    disposeOrder(order);
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

/** Prints the log-det matrix, the closest source of each target, and how far the order is the published one. */
export function sayDistances(session: Session, distance: Distance): void {
  const { tasks, logdet, seeds } = distance;
  const table: TextTable = {
    columns: columns('source \\ target', ...tasks.map((id) => `#${id}`)),
    rows: tasks.map((id, i) => [
      `${id} ${session.task(id).name}`,
      ...logdet.mean[i].map((value, j) =>
        i === j ? '0' : `${formatDistance(value)} ± ${formatDistance(logdet.sd[i][j])}`,
      ),
    ]),
  };
  session.say(`log-det distances, mean ± sd over ${seeds.length} seeds:\n${tableText(table)}`, {
    event: 'distance',
    ...distance,
  });
  for (const { task, closest, distance: far } of logdet.closest) {
    session.say(`closest to task ${task}: task ${closest} (${formatDistance(far)})`);
  }
  const order = publishedOrder(distance);
  if (order) session.say(order.text, { event: 'published order', spearman: order.spearman });
}
