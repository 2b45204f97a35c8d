import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { InterruptedError } from '../training/errors';
import { VERSION } from '../version';
import { type Bench, execute, type Watch } from './execute.node';
import type { Order } from './order.node';
import { connect, hideWorker, type News, queueName, SHOWN_MS, showWorker } from './queue.node';

/** A job whose worker has not been heard of for so long goes to another one. */
const SILENCE_MS = 15_000;
/** How often it may: a job that ends three workers is set aside. */
const MOST_STALLS = 2;
/** When to ask again for a job that another process on the store has. */
const HELD_MS = 500;
/** How often others hear of a job's progress, at most. */
const PROGRESS_MS = 500;

/** Does jobs from a queue, one at a time, until the signal is aborted: the job under way then saves what it has, and waits for another. */
export async function serveQueue(
  url: string,
  bench: Omit<Bench, 'watch'>,
  silenceMs = SILENCE_MS,
): Promise<void> {
  const { DelayedError, WaitingError, Worker } = await import('./bullmq.node');
  const { signal, gpu } = bench;
  const redis = await connect(url);
  const { kind: adapter } = gpu.adapter;
  const since = new Date().toISOString();
  const facts = { id: randomUUID(), version: VERSION, adapter, host: hostname(), since };
  const worker = new Worker<Order>(
    queueName(adapter),
    async (job, token) => {
      try {
        if (signal.aborted) throw new InterruptedError();
        const watch = watchOf((news) => job.updateProgress(news));
        if (await execute(job.data, { ...bench, watch })) return;
      } catch (error) {
        if (!(error instanceof InterruptedError)) throw error;
        await job.moveToWait(token);
        throw new WaitingError();
      }
      await job.moveToDelayed(Date.now() + HELD_MS, token);
      throw new DelayedError();
    },
    {
      connection: redis,
      lockDuration: silenceMs,
      stalledInterval: silenceMs / 3,
      maxStalledCount: MOST_STALLS,
      name: facts.id,
    },
  );
  worker.on('error', () => undefined); // the connection is made again
  const show = () => showWorker(redis, facts).catch(() => undefined);
  const timer = setInterval(() => void show(), SHOWN_MS);
  try {
    await show();
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    clearInterval(timer);
    await worker.close();
    await hideWorker(redis, facts.id).catch(() => undefined);
    redis.disconnect();
  }
}

/** Tells whoever planned a job how it goes. Nobody has to hear it. */
function watchOf(tell: (news: News) => Promise<void>): Watch {
  let last = 0;
  const send = (news: News) => void tell(news).catch(() => undefined);
  return {
    note: () => undefined,
    say: (_, said, event) => send({ said, event }),
    log: (_, logged) => send({ logged }),
    progress: (_, done, total, note) => {
      if (performance.now() - last < PROGRESS_MS) return;
      last = performance.now();
      send({ done, total, note });
    },
  };
}
