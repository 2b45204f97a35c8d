import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { VERSION } from '../version';
import type { Outcome } from './messages';
import { connect, countDone, type News, queueName, showQueue, withoutPassword } from './queue.node';
import type { Asked } from './runner';
import { type Doing, hideWorker, SHOWN_MS, showWorker } from './shown-worker.node';
import type { TryWatch, WorkerPool } from './worker-pool.node';

/** A job whose worker has not been heard of for so long goes to another one. */
const SILENCE_MS = 15_000;
/**
 * How often it may, until it is set aside. What jobs do to their processes counts as failures: only machines and networks that
 * go are silent, and those of a cheap kind go often.
 */
const MOST_STALLS = 20;
/** When to ask again for a job that another process on the store has. */
const HELD_MS = 500;
/** When others may take a job that this worker gives back. */
const GIVEN_BACK_MS = 1;
/** How long others have to take a job that this worker lacks something of. */
const LACKING_MS = 2000;
/** How often others hear of a job's progress, at most. */
const PROGRESS_MS = 500;
/** How soon to try again what the server did not answer, and how long to wait for its answer at the end. */
const AGAIN_MS = 1000;
const CLOSE_MS = 5000;

/** What a worker of a queue is told, and whom it tells. */
export interface QueueService {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  /** Told of every try, and how many seconds it took. */
  readonly tried: (asked: Asked, outcome: Outcome, seconds: number) => void;
  /** Of tests. */
  readonly silenceMs?: number;
}

/**
 * Hands jobs of a queue to worker processes, until the signal is aborted: the jobs under way then save what they have, and wait
 * for other workers. This process only listens, so that it shows itself whatever the jobs do.
 * @throws TaskgradError `WORKERS` where no process comes to work, `QUEUE` where no server answers
 */
export async function serveQueue(pool: WorkerPool, count: number, service: QueueService): Promise<void> {
  const { DelayedError, Worker } = await import('./bullmq.node');
  const { url, signal, say, tried, silenceMs = SILENCE_MS } = service;
  const redis = await connect(url);
  const stop = new AbortController();
  const over = AbortSignal.any([signal, stop.signal]);
  let trouble: unknown;
  try {
    const adapter = await pool.adapter();
    const name = queueName(adapter);
    const doing = new Map<string, Doing>();
    const since = new Date().toISOString();
    const facts = { id: randomUUID(), version: VERSION, adapter, host: hostname(), pid: process.pid, since };
    const show = () => showWorker(redis, { ...facts, doing: [...doing.values()] });

    const attempt = async (job: Job<Asked>): Promise<Outcome> => {
      const begun = performance.now();
      try {
        const outcome = await pool.attempt(job.data, watchOf(job, doing));
        const seconds = (performance.now() - begun) / 1000;
        tried(job.data, outcome, seconds);
        say(`${nameOf(job.data)}: ${inWords(outcome)} after ${seconds.toFixed(1)} s`);
        return outcome;
      } catch (error) {
        trouble = error;
        stop.abort();
        return { how: 'interrupted' };
      } finally {
        doing.delete(job.data.order.key);
      }
    };

    const work = async (job: Job<Asked>, token?: string) => {
      const outcome = over.aborted ? ({ how: 'interrupted' } as const) : await attempt(job);
      if (outcome.how === 'done') {
        void countDone(redis, name, job.data.order.kind).catch(() => undefined);
        return;
      }
      if (outcome.how === 'failed') throw new Error(outcome.reason);
      if (outcome.how === 'lacking') tell(job, { lacking: `${facts.host}: ${outcome.reason}` });
      // Not by moveToWait, which wakes no idle worker where jobs have priorities (BullMQ 6.7).
      await job.moveToDelayed(Date.now() + (outcome.how === 'held' ? HELD_MS : GIVEN_BACK_MS), token);
      if (outcome.how === 'lacking') {
        await wait(LACKING_MS, undefined, { signal: over }).catch(() => undefined);
      }
      throw new DelayedError();
    };

    const worker = new Worker<Asked>(name, work, {
      connection: redis,
      concurrency: count,
      lockDuration: silenceMs,
      stalledInterval: silenceMs / 3,
      maxStalledCount: MOST_STALLS,
      runRetryDelay: AGAIN_MS,
      name: facts.id,
    });
    worker.on('error', () => undefined); // the connection is made again
    const timer = setInterval(() => void show().catch(() => undefined), SHOWN_MS);
    say(`serves jobs of version ${VERSION} on ${adapter} from ${withoutPassword(url)}`);
    try {
      await Promise.all([show(), showQueue(redis, name)]);
      if (!over.aborted) await once(over, 'abort');
    } finally {
      clearInterval(timer);
      const closed = worker.close(); // takes no job from now on
      await pool.close();
      await leave(closed, redis, facts.id);
    }
  } finally {
    await pool.close();
    redis.disconnect();
  }
  if (trouble) throw trouble;
}

/** A server that does not answer keeps nobody: what it does not hear of it notices by itself. */
async function leave(closed: Promise<void>, redis: Redis, id: string): Promise<void> {
  const left = closed.then(() => hideWorker(redis, id));
  await Promise.race([left.catch(() => undefined), wait(CLOSE_MS, undefined, { ref: false })]);
}

const nameOf = ({ order }: Asked): string => `job ${order.key.slice(0, 12)}, ${order.kind}`;

function inWords(outcome: Outcome): string {
  switch (outcome.how) {
    case 'done':
      return 'done';
    case 'held':
      return 'another process has it; asked for again';
    case 'interrupted':
      return 'saved and given back';
    case 'lacking':
      return `left to others (${outcome.reason})`;
    case 'failed':
      return `failed (${outcome.reason})`;
  }
}

/** Tells whoever planned a job. Nobody has to hear it. */
const tell = (job: Job<Asked>, news: News) => void job.updateProgress(news).catch(() => undefined);

/** Tells whoever planned a job how it goes, and those who ask. */
function watchOf(job: Job<Asked>, doing: Map<string, Doing>): TryWatch {
  const { key, kind } = job.data.order;
  let last = 0;
  return {
    begun: () => void doing.set(key, { key, kind, since: new Date().toISOString() }),
    say: (said) => tell(job, { said }),
    progress: (done, total, note) => {
      const now = doing.get(key);
      if (now) doing.set(key, { ...now, done, total });
      if (performance.now() - last < PROGRESS_MS) return;
      last = performance.now();
      tell(job, { done, total, note });
    },
  };
}
