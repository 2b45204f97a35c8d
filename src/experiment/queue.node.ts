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

/** A worker as it shows itself to others. */
export interface WorkerFacts {
  readonly id: string;
  readonly version: string;
  readonly adapter: string;
  readonly host: string;
  readonly since: string;
}

/** How often workers show themselves, and after how long without it they are gone. */
export const SHOWN_MS = 2000;
const GONE_SECONDS = 10;
const WORKERS = 'taskgrad:worker:';

/** Workers take jobs of their own version and kind of adapter only: others would give other bits. */
export const queueName = (adapter: string, version = VERSION): string => `taskgrad-${version}-${adapter}`;

/** Connects to a server, and again whenever the connection is lost. @throws TaskgradError `QUEUE` where there is none */
export async function connect(url: string): Promise<Redis> {
  const { Redis } = await import('ioredis');
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

/** Shows a worker to others, for some seconds. */
export async function showWorker(redis: Redis, facts: WorkerFacts): Promise<void> {
  await redis.set(`${WORKERS}${facts.id}`, JSON.stringify(facts), 'EX', GONE_SECONDS);
}

export const hideWorker = (redis: Redis, id: string): Promise<number> => redis.del(`${WORKERS}${id}`);

/** All workers that show themselves, of any version. */
export async function shownWorkers(redis: Redis): Promise<WorkerFacts[]> {
  const keys: string[] = [];
  for await (const some of redis.scanStream({ match: `${WORKERS}*` })) keys.push(...(some as string[]));
  if (keys.length === 0) return [];
  const texts = await redis.mget(keys.sort());
  return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as WorkerFacts]));
}

/** What workers say of a job under way. */
export type News =
  | { readonly done: number; readonly total: number; readonly note: string }
  | { readonly said: string; readonly event?: JobEvent }
  | { readonly logged: JobEvent };
