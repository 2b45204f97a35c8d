import { existsSync } from 'node:fs';
import { z } from 'zod';
import { type DeviceImages, disposeOrder } from '../../data/device-set';
import { readJson, writeFileAtomic } from '../../data/files.node';
import { closestTask, distanceMatrix } from '../../fisher/public';
import type { Module } from '../../nn/module';
import { formatDistance } from '../../report/format';
import { publishedLogDetMeans } from '../../report/published';
import type { Distance, Measure, Training } from '../../report/results';
import { type TextTable, tableText } from '../../report/table';
import { numClasses, type Split, type Task, taskSplit } from '../../tasks/task';
import { type Session, taskById } from '../session';
import { type NetworkJob, trainedNetwork } from './networks';

const knownSchema = z.record(z.string(), z.object({ logdet: z.number(), frechet: z.number() }));

/** The network of one task and seed in the distance matrix. */
export function distanceJob({ settings }: Session, task: Task, seed: number): NetworkJob {
  const { training } = settings;
  return { name: `${training.network}-task${task.id}-seed${seed}`, task, seed, training };
}

const seedsOf = ({ settings }: Session) =>
  Array.from({ length: settings.seeds }, (_, i) => settings.seed + i);

/** Trains the network of every task and seed, as far as that was not done before. */
export async function trainAll(session: Session): Promise<Training[]> {
  const records: Training[] = [];
  for (const seed of seedsOf(session)) {
    for (const id of session.settings.tasks) {
      const { net, record } = await trainedNetwork(session, distanceJob(session, taskById(id), seed));
      net.dispose();
      records.push(record);
    }
  }
  return records;
}

/** The distance matrix over the trained networks; cells are kept as they come. */
export async function computeDistances(session: Session): Promise<Distance> {
  const { settings, gpu, test, dataset, signal } = session;
  const { fisher, training } = settings;
  const tasks = settings.tasks.map(taskById);
  const seeds = seedsOf(session);
  const file = session.state('distances.json');
  const known = existsSync(file) ? await readJson(file, knownSchema) : {};
  const splits = new Map(
    tasks.map((task) => [
      task.id,
      taskSplit(task, dataset.test.labels, settings.seed, { limit: fisher.images }),
    ]),
  );
  const networks = new Map<string, Module>();
  const total = seeds.length * tasks.length * (tasks.length - 1);
  const progress = session.progress('distances', total, 'pairs');
  const quiet: Session = { ...session, say: () => undefined };
  let done = Object.keys(known).length;
  try {
    const { logdet, frechet } = await distanceMatrix({
      ...{ tasks, seeds, known, signal, estimator: fisher.estimator, epsilon: fisher.epsilon },
      networkOf: async (task, seed) => {
        const job = distanceJob(session, task, seed);
        const { net } = await trainedNetwork(quiet, job);
        networks.set(job.name, net);
        return net;
      },
      dataOf: (task) => ({
        classes: numClasses(task),
        batches: () => batchesOf(test, splits.get(task.id), fisher.batchSize),
      }),
      onCell: async ({ key, logdet, frechet }) => {
        known[key] = { logdet, frechet };
        await writeFileAtomic(file, JSON.stringify(known));
        progress.update(++done);
      },
    });
    await gpu.pace();
    return {
      ...{ network: `${training.network} × ${training.width}`, estimator: fisher.estimator, seeds },
      ...{ epsilon: fisher.epsilon, tasks: settings.tasks },
      logdet: measureOf(logdet, tasks),
      frechet: measureOf(frechet, tasks),
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

function measureOf({ mean, sd }: { mean: number[][]; sd: number[][] }, tasks: readonly Task[]): Measure {
  const closest = tasks.map((task, target) => {
    const source = closestTask(mean, target);
    return { task: task.id, closest: tasks[source].id, distance: mean[source][target] };
  });
  return { mean, sd, closest };
}

/** Prints the log-det matrix and the closest source of each target. */
export function sayDistances(session: Session, distance: Distance): void {
  const { tasks, logdet, seeds } = distance;
  const table: TextTable = {
    columns: [
      { name: 'source \\ target', numeric: false },
      ...tasks.map((id) => ({ name: id, numeric: true })),
    ],
    rows: tasks.map((id, i) => [
      `${id} ${taskById(id).name}`,
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
}
