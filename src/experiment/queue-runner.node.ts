import { setTimeout as wait } from 'node:timers/promises';
import type { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { InterruptedError } from '../training/errors';
import { VERSION } from '../version';
import { JobError } from './errors';
import type { Watch } from './execute.node';
import { queuePriority } from './priority';
import { connect, type News, type QueueCounts, type QueueOptions, queueName, showQueue } from './queue.node';
import { countsOf } from './queue-counts.node';
import type { Asked, Runner } from './runner';
import { SHOWN_MS, shownWorkers, type WorkerFacts } from './shown-worker.node';
import type { Store } from './store';

/** After how many failures a job is set aside; how long before the second try, twice as long before the third. */
const TRIES = 3;
const RETRY_MS = 1000;
/** How often to look at what was asked for, in case the news of it was lost with a connection. */
const LOOK_MS = 5000;

interface Surroundings {
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly watch: Watch;
}

interface Open {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly events: QueueEvents;
}

interface Waiting {
  readonly asked: Asked;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Has workers anywhere do jobs, which BullMQ hands to them. Planners that want the same job share it. */
export class QueueRunner implements Runner {
  readonly #options: QueueOptions;
  readonly #surroundings: Surroundings;
  readonly #waiting = new Map<string, Waiting>();
  #redis: Promise<Redis> | undefined;
  #adapter: Promise<string> | undefined;
  #open: Promise<Open> | undefined;
  #look: NodeJS.Timeout | undefined;
  /** What was said last of what is waited for. */
  #noted: string | undefined;

  constructor(options: QueueOptions, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
    surroundings.signal.addEventListener('abort', this.#interrupt);
  }

  adapter(): Promise<string> {
    this.#adapter ??= this.#options.adapter ? Promise.resolve(this.#options.adapter) : this.#firstWorker();
    return this.#adapter;
  }

  async run(asked: Asked): Promise<void> {
    const { queue } = await this.#opened();
    const end = new Promise<void>((resolve, reject) => {
      this.#waiting.set(asked.order.key, { asked, resolve, reject });
    });
    if (this.#surroundings.signal.aborted) this.#interrupt();
    else await this.#add(queue, asked);
    return end;
  }

  readonly counts = async (): Promise<QueueCounts> => countsOf((await this.#opened()).queue);

  async close(): Promise<void> {
    clearInterval(this.#look);
    this.#surroundings.signal.removeEventListener('abort', this.#interrupt);
    if (this.#open) {
      const { queue, events } = await this.#open;
      await Promise.all([queue.close(), events.close()]);
    }
    (await this.#redis?.catch(() => undefined))?.disconnect();
  }

  #connected(): Promise<Redis> {
    this.#redis ??= connect(this.#options.url);
    return this.#redis;
  }

  /** The kind of adapter of the first worker of this version that shows itself. */
  async #firstWorker(): Promise<string> {
    const redis = await this.#connected();
    const { signal } = this.#surroundings;
    for (;;) {
      const workers = await shownWorkers(redis);
      const own = workers.find(({ version }) => version === VERSION);
      if (own) return own.adapter;
      this.#note(waitingFor(workers));
      await wait(SHOWN_MS / 4, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw new InterruptedError();
    }
  }

  #note(text: string | undefined): void {
    if (text !== undefined && text !== this.#noted) this.#surroundings.watch.note(text);
    this.#noted = text;
  }

  #opened(): Promise<Open> {
    this.#open ??= this.#openQueue();
    return this.#open;
  }

  async #openQueue(): Promise<Open> {
    const name = queueName(await this.adapter());
    const redis = await this.#connected();
    const { Queue, QueueEvents } = await import('./bullmq.node');
    const queue = new Queue(name, { connection: redis });
    const events = new QueueEvents(name, { connection: redis });
    // The connection is made again.
    queue.on('error', () => undefined);
    events.on('error', () => undefined);
    events.on('completed', ({ jobId }) => this.#take(jobId)?.resolve());
    events.on('failed', ({ jobId, failedReason }) => this.#fail(jobId, failedReason));
    events.on('progress', ({ jobId, data }) => this.#tell(jobId, data as News));
    await Promise.all([events.waitUntilReady(), showQueue(redis, name)]);
    void this.#lookForWorkers(redis);
    this.#look = setInterval(() => {
      void this.#lookAtAll(queue);
      void this.#lookForWorkers(redis);
    }, LOOK_MS).unref();
    return { redis, queue, events };
  }

  /** A job that had been set aside is tried anew. */
  async #add(queue: Queue, asked: Asked): Promise<void> {
    const { key, kind } = asked.order;
    const before = await queue.getJob(key);
    if (before && (await before.isFailed())) await before.remove();
    await queue.add(kind, asked, {
      jobId: key,
      attempts: TRIES,
      backoff: { type: 'exponential', delay: RETRY_MS },
      priority: queuePriority(asked.terms),
      removeOnComplete: true,
    });
  }

  #take(key: string): Waiting | undefined {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    return waiting;
  }

  #fail(key: string, reason: string): void {
    const waiting = this.#take(key);
    waiting?.reject(new JobError(waiting.asked.order, `${reason}; set aside after ${TRIES} tries`));
  }

  #tell(key: string, news: News): void {
    const { order } = this.#waiting.get(key)?.asked ?? {};
    const { watch } = this.#surroundings;
    if (!order) return;
    if ('said' in news) watch.say(order, news.said, news.event);
    else if ('logged' in news) watch.log(order, news.logged);
    else if ('lacking' in news) this.#note(`left to other workers by the one on ${news.lacking}`);
    else watch.progress(order, news.done, news.total, news.note);
  }

  async #lookAtAll(queue: Queue): Promise<void> {
    for (const { asked } of [...this.#waiting.values()]) {
      const { key } = asked.order;
      try {
        const job = await queue.getJob(key);
        if (job && (await job.isFailed())) this.#fail(key, job.failedReason);
        else if (!job && (await this.#surroundings.store.read(key))) this.#take(key)?.resolve();
        else if (!job && this.#waiting.has(key)) await this.#add(queue, asked); // the server has lost it
      } catch {
        // The server cannot be reached now; the next look will tell.
      }
    }
  }

  /** Says so where jobs wait and no worker is there that may do them. */
  async #lookForWorkers(redis: Redis): Promise<void> {
    const adapter = await this.adapter();
    const workers = await shownWorkers(redis).catch(() => undefined);
    if (!workers || workers.some((worker) => worker.version === VERSION && worker.adapter === adapter))
      return;
    this.#note(waitingFor(workers, adapter));
  }

  readonly #interrupt = (): void => {
    for (const { reject } of this.#waiting.values()) reject(new InterruptedError());
    this.#waiting.clear();
  };
}

function waitingFor(workers: readonly WorkerFacts[], adapter?: string): string {
  if (workers.length === 0) return 'waiting for a worker to come to the queue';
  const there = workers.map((worker) => `version ${worker.version} on ${worker.adapter}`);
  const wanted = adapter === undefined ? '' : ` on ${adapter}`;
  return `waiting for a worker of version ${VERSION}${wanted}; those that are there have ${[...new Set(there)].join(', ')}`;
}
