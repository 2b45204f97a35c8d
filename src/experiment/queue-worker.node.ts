import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { VERSION } from '../version';
import type { Outcome } from './messages';
import { type Metrics, openMetrics } from './metrics.node';
import { connect, countDone, type News, queueName, showQueue, withoutPassword } from './queue.node';
import { countsOf } from './queue-counts.node';
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
  /** 'PORT' or 'HOST:PORT' of figures for Prometheus; default: none. */
  readonly metrics?: string;
  /** Of tests. */
  readonly silenceMs?: number;
}

/**
 * Hands jobs of a queue to worker processes, until the signal is aborted: the jobs under way then save what they have, and wait
 * for other workers. This process only listens, so that it shows itself whatever the jobs do.
 * @throws TaskgradError `WORKERS` where no process comes to work, `QUEUE` where no server answers
 */
export async function serveQueue(pool: WorkerPool, count: number, service: QueueService): Promise<void> {
  const { Queue, Worker } = await import('./bullmq.node');
  const { url, signal, say, silenceMs = SILENCE_MS } = service;
  const redis = await connect(url);
  const trouble = new AbortController();
  const over = AbortSignal.any([signal, trouble.signal]);
  let metrics: Metrics | undefined;
  try {
    const adapter = await pool.adapter();
    const name = queueName(adapter);
    if (service.metrics !== undefined) {
      const queue = new Queue(name, { connection: redis });
      queue.on('error', () => undefined);
      metrics = await openMetrics(service.metrics, {
        role: 'worker',
        counts: () => countsOf(queue),
        workers: () => [{ adapter, isUp: pool.isUp }],
      });
      say(`figures for Prometheus are at ${metrics.url}`);
    }
    const since = new Date().toISOString();
    const facts = { id: randomUUID(), version: VERSION, adapter, host: hostname(), pid: process.pid, since };
    const doing = new Map<string, Doing>();
    const show = () => showWorker(redis, { ...facts, doing: [...doing.values()] });
    const desk = { pool, say, doing, metrics, over, giveUp: (reason: unknown) => trouble.abort(reason) };
    const worker = new Worker<Asked>(name, (job, token) => handle(job, token, desk), {
      connection: redis,
      concurrency: count,
      lockDuration: silenceMs,
      stalledInterval: silenceMs / 3,
      maxStalledCount: MOST_STALLS,
      runRetryDelay: AGAIN_MS,
      name: facts.id,
    });
    worker.on('error', () => undefined); // the connection is made again
    worker.on('completed', (job) => void countDone(redis, name, job.name).catch(() => undefined));
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
    await Promise.all([pool.close(), metrics?.close()]);
    redis.disconnect();
  }
  trouble.signal.throwIfAborted();
}

/** What jobs of the queue go through. */
interface Desk {
  readonly pool: WorkerPool;
  readonly say: (text: string) => void;
  readonly doing: Map<string, Doing>;
  readonly metrics: Metrics | undefined;
  readonly over: AbortSignal;
  readonly giveUp: (reason: unknown) => void;
}

/** Has a job tried, and tells BullMQ what is to become of it. */
async function handle(job: Job<Asked>, token: string | undefined, desk: Desk): Promise<void> {
  const { over } = desk;
  const outcome: Outcome = over.aborted ? { how: 'interrupted' } : await attempt(job, desk);
  if (outcome.how === 'done') return;
  if (outcome.how === 'failed') throw new Error(outcome.reason);
  if (outcome.how === 'lacking') tell(job, { lacking: `${hostname()}: ${outcome.reason}` });
  // Not by moveToWait, which wakes no idle worker where jobs have priorities (BullMQ 6.7).
  await job.moveToDelayed(Date.now() + (outcome.how === 'held' ? HELD_MS : GIVEN_BACK_MS), token);
  if (outcome.how === 'lacking') {
    await wait(LACKING_MS, undefined, { signal: over }).catch(() => undefined);
  }
  const { DelayedError } = await import('./bullmq.node');
  throw new DelayedError();
}

async function attempt(job: Job<Asked>, { pool, say, doing, metrics, giveUp }: Desk): Promise<Outcome> {
  const { key, kind, label } = job.data.order;
  const begun = performance.now();
  const end = metrics?.begun(kind);
  try {
    const outcome = await pool.attempt(job.data, watchOf(job, doing));
    end?.(outcome.how);
    const seconds = (performance.now() - begun) / 1000;
    say(`${label} (job ${key.slice(0, 12)}): ${inWords(outcome)} after ${seconds.toFixed(1)} s`);
    return outcome;
  } catch (error) {
    giveUp(error); // there are no processes to be had
    return { how: 'interrupted' };
  } finally {
    doing.delete(key);
  }
}

/** A server that does not answer keeps nobody: what it does not hear of it notices by itself. */
async function leave(closed: Promise<void>, redis: Redis, id: string): Promise<void> {
  const left = closed.then(() => hideWorker(redis, id));
  await Promise.race([left.catch(() => undefined), wait(CLOSE_MS, undefined, { ref: false })]);
}

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
  const { key, kind, label } = job.data.order;
  let last = 0;
  return {
    begun: () => void doing.set(key, { key, kind, label, since: new Date().toISOString() }),
    say: (said, event) => tell(job, { said, event }),
    log: (logged) => tell(job, { logged }),
    progress: (done, total, note) => {
      const now = doing.get(key);
      if (now) doing.set(key, { ...now, done, total });
      if (performance.now() - last < PROGRESS_MS) return;
      last = performance.now();
      tell(job, { done, total, note });
    },
  };
}
