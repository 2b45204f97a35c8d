import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { TaskgradError } from '../../runtime/errors';
import { VERSION } from '../version';
import type { JobEvent } from './kind';

/** A queue on a Redis or Valkey server, for many machines. */
export interface QueueOptions {
  /** Such as 'redis://user:password@host:6379/0', or 'rediss://…' with TLS. */
  readonly url: string;
  /** Kind of the adapter that jobs are done on; default: that of the first worker that comes. */
  readonly adapter?: string;
}

/** How many jobs of a queue there are. Those that are done leave it. */
export interface QueueCounts {
  /** With those that failed, or that another process has, and that are tried again in a moment. */
  readonly waiting: number;
  readonly active: number;
  readonly setAside: number;
}

const PREFIX = 'taskgrad-';
const QUEUES = 'taskgrad:queues';

/** Workers take jobs of their own version and kind of adapter only: others would give other bits. */
export const queueName = (adapter: string, version = VERSION): string => `${PREFIX}${version}-${adapter}`;
/** Where it is counted how many jobs of each kind were done. */
const doneName = (queue: string): string => `taskgrad:done:${queue}`;

/** Connects to a server, and again whenever the connection is lost. @throws TaskgradError `QUEUE` where there is none */
export async function connect(url: string): Promise<Redis> {
  const { Redis } = await import('./ioredis.node');
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: retryAfter });
  try {
    await once(redis, 'ready');
  } catch (cause) {
    redis.disconnect();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `no Redis or Valkey server answers at ${withoutPassword(url)} (${reason}); start one, or mend the URL`;
    throw new TaskgradError('QUEUE', text, { cause });
  }
  redis.on('error', () => undefined); // the connection is made again
  return redis;
}

const retryAfter = (times: number): number => Math.min(2000, 50 * times);

/** A URL as it may be shown. */
export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    if (parsed.password) parsed.password = '***';
    return parsed.href;
  } catch {
    return url;
  }
}

/** Lets others know of a queue. */
export const showQueue = (redis: Redis, queue: string): Promise<number> => redis.sadd(QUEUES, queue);

/** All queues that anybody has used, of any version. */
export const shownQueues = async (redis: Redis): Promise<string[]> => (await redis.smembers(QUEUES)).sort();

export const countDone = (redis: Redis, queue: string, kind: string): Promise<number> =>
  redis.hincrby(doneName(queue), kind, 1);

/** How many jobs of each kind were done. */
export async function doneIn(redis: Redis, queue: string): Promise<Record<string, number>> {
  const counts = Object.entries(await redis.hgetall(doneName(queue)));
  return Object.fromEntries(counts.map(([kind, count]) => [kind, Number(count)]));
}

/** What workers say of a job under way; `lacking` is why the one that had it has left it to others. */
export type News =
  | { readonly done: number; readonly total: number; readonly note: string }
  | { readonly said: string; readonly event?: JobEvent }
  | { readonly logged: JobEvent }
  | { readonly lacking: string };
