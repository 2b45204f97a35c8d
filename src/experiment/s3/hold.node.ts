import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ownerSchema, thisProcess, whereabouts } from '../owner.node';
import { StoreError } from '../store-error';
import type { Bucket, BucketObject } from './bucket.node';

/**
 * Who does a job is decided by writing `work/KEY/hold-N` with If-None-Match: only one can. The highest N holds; who finds
 * it over, or its owner gone, writes N + 1. An owner alone writes its own object again: to show that it is there, and to say
 * that it is over. None is removed before the artefact is there, the highest first, so that no number is given twice.
 */
const holdKey = (key: string, n: number): string => `work/${key}/hold-${String(n).padStart(6, '0')}`;
const HOLD = /\/hold-(\d+)$/;

const holderSchema = ownerSchema.extend({ id: z.string(), isOver: z.boolean().optional() });
type Holder = z.infer<typeof holderSchema>;

/** A job of a bucket, which nobody else does meanwhile. */
export interface BucketHold {
  /** How many have held the job, with this one. */
  readonly n: number;
  /** Shows others that this process is there. Whether the job is still its own. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
  /** In the place of `release` where the artefact is there, and this was the only one that held. */
  forget(): Promise<void>;
}

/** Undefined where another process has the job. @param staleMs after how long without `renew` it is taken to be gone */
export async function tryBucketHold(
  bucket: Bucket,
  key: string,
  uses: readonly string[],
  staleMs: number,
): Promise<BucketHold | undefined> {
  const me: Holder = { ...thisProcess(), uses, id: randomUUID() };
  const claim = (n: number) => bucket.putNew(holdKey(key, n), JSON.stringify(me));
  let n = 1;
  if (!(await claim(n))) {
    const last = await lastHold(bucket, key);
    if (!last || (await holderAt(bucket, last, staleMs))) return undefined;
    n = last.n + 1;
    if (!(await claim(n))) return undefined;
  }
  const write = (holder: Holder) => bucket.put(holdKey(key, n), JSON.stringify(holder));
  return {
    n,
    renew: async () => {
      if (await bucket.get(holdKey(key, n + 1))) return false;
      await write(me);
      return true;
    },
    release: () => write({ ...me, isOver: true }),
    forget: () => bucket.remove(holdKey(key, n)),
  };
}

interface LastHold {
  readonly n: number;
  readonly object: BucketObject;
}

async function lastHold(bucket: Bucket, key: string): Promise<LastHold | undefined> {
  const objects: BucketObject[] = [];
  for await (const object of bucket.list(`work/${key}/hold-`)) objects.push(object);
  return lastHoldOf(objects);
}

/** The one that holds of all objects of a job. */
export function lastHoldOf(objects: readonly BucketObject[]): LastHold | undefined {
  const holds = objects.flatMap((object) => {
    const [, n] = HOLD.exec(object.key) ?? [];
    return n === undefined ? [] : [{ n: Number(n), object }];
  });
  return holds.reduce<LastHold | undefined>((a, b) => (a && a.n > b.n ? a : b), undefined);
}

/** Who holds, as long as that process is not gone. */
export async function holderAt(
  bucket: Bucket,
  { object: { key, at } }: LastHold,
  staleMs: number,
): Promise<Partial<Holder> | undefined> {
  const holder = parseHolder(await bucket.get(key));
  if (holder?.isOver) return undefined;
  const place = holder ? whereabouts(holder) : 'unknown';
  const isGone = place === 'gone' || (place === 'unknown' && bucket.now() - at > staleMs);
  return isGone ? undefined : (holder ?? {});
}

function parseHolder(bytes: Uint8Array | undefined): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

export const PROBE = 'work/if-none-match';

/** @throws StoreError where the server writes over an object in spite of If-None-Match */
export async function checkConditions(bucket: Bucket): Promise<void> {
  // The first one may have made it.
  if (!(await bucket.putNew(PROBE, randomUUID())) || !(await bucket.putNew(PROBE, randomUUID()))) return;
  const remedy =
    'choose one that heeds it, as AWS S3, MinIO, Ceph and Cloudflare R2 do, or experiment.folderStore';
  throw new StoreError(
    bucket.name,
    'unfit',
    `its server writes over objects in spite of If-None-Match, so that two processes could take the same job; ${remedy}`,
  );
}
