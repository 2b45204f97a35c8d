import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { connect, doneIn, type QueueCounts, shownQueues } from './queue.node';
import { countsOf } from './queue-counts.node';
import type { Asked } from './runner';
import { shownWorkers, type WorkerFacts } from './shown-worker.node';

/** Most of the jobs set aside that are told of, the last ones first. */
const MOST_ASIDE = 100;

/** A job that failed too often. */
export interface SetAside {
  readonly key: string;
  readonly kind: string;
  /** What a person calls it. */
  readonly label: string;
  readonly error: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A queue: one version on one kind of adapter. */
export interface QueueStatus {
  readonly name: string;
  readonly counts: QueueCounts;
  /** How many jobs of each kind have been done. */
  readonly done: Readonly<Record<string, number>>;
  readonly setAside: readonly SetAside[];
}

/** All that is known of who works on a server, and at what. */
export interface Status {
  readonly workers: readonly WorkerFacts[];
  readonly queues: readonly QueueStatus[];
}

/** Looks at a server's queues and workers. */
export interface StatusView {
  read(): Promise<Status>;
  close(): Promise<void>;
}

/** @throws TaskgradError `QUEUE` if no server answers */
export async function openStatus(url: string): Promise<StatusView> {
  const { Queue } = await import('./bullmq.node');
  const redis = await connect(url);
  const queues = new Map<string, Queue<Asked>>();
  const opened = (name: string) => {
    const known = queues.get(name);
    if (known) return known;
    const queue = new Queue<Asked>(name, { connection: redis });
    queue.on('error', () => undefined); // the connection is made again
    queues.set(name, queue);
    return queue;
  };
  return {
    read: async () => {
      const [workers, names] = await Promise.all([shownWorkers(redis), shownQueues(redis)]);
      return { workers, queues: await Promise.all(names.map((name) => statusOf(redis, opened(name)))) };
    },
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}

async function statusOf(redis: Redis, queue: Queue<Asked>): Promise<QueueStatus> {
  const [counts, done, failed] = await Promise.all([
    countsOf(queue),
    doneIn(redis, queue.name),
    queue.getFailed(0, MOST_ASIDE - 1),
  ]);
  const setAside = failed.map(({ id = '', name, data, failedReason, finishedOn = 0 }) => ({
    key: id,
    kind: name,
    label: data.order.label,
    error: failedReason,
    at: new Date(finishedOn).toISOString(),
  }));
  return { name: queue.name, counts, done, setAside };
}
