import type { Redis } from 'ioredis';
import { z } from 'zod';

/** How often workers show themselves, and after how long without it they are gone. */
export const SHOWN_MS = 2000;
const GONE_SECONDS = 10;
const WORKERS = 'taskgrad:worker:';

const doingSchema = z.object({
  key: z.string(),
  kind: z.string(),
  label: z.string().optional(),
  since: z.string(),
  done: z.number().optional(),
  total: z.number().optional(),
});

/** Those of other versions may say less. */
const factsSchema = z.object({
  id: z.string(),
  version: z.string(),
  adapter: z.string(),
  host: z.string(),
  pid: z.number().optional(),
  since: z.string(),
  doing: z.array(doingSchema).default([]),
});

/** A job that a worker is at. */
export type Doing = Readonly<z.infer<typeof doingSchema>>;
/** A worker as it shows itself to others. */
export type WorkerFacts = Readonly<z.infer<typeof factsSchema>>;

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
  const texts = await redis.mget([...new Set(keys)].sort());
  return texts.flatMap((text) => {
    const { data } = factsSchema.safeParse(jsonOf(text));
    return data ?? [];
  });
}

function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
