import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Leftover } from '../store';
import { keysIn, placeIn } from '../stored.node';
import { bytesIn, lastTouched } from '../touched.node';
import { hasJob, objectsByKey, removeArtefact } from './artefacts.node';
import type { Bucket, BucketObject } from './bucket.node';
import { holderAt, lastHoldOf, PROBE, tryBucketHold } from './hold.node';

interface Sweep {
  readonly before: Date;
  readonly isTrial: boolean;
}

/** What jobs that are not done have in the bucket, by key. */
export const workByKey = (bucket: Bucket): Promise<Map<string, BucketObject[]>> => byFolder(bucket, 'work/');

async function byFolder(bucket: Bucket, begin: string): Promise<Map<string, BucketObject[]>> {
  const found = new Map<string, BucketObject[]>();
  for await (const object of bucket.list(begin)) {
    if (object.key === PROBE) continue;
    const [, name] = object.key.split('/');
    found.set(name, [...(found.get(name) ?? []), object]);
  }
  return found;
}

/** Removes what a job has left in the bucket, who has it last first, see `holdKey`. */
export async function removeWork(bucket: Bucket, key: string): Promise<void> {
  await removeAll(bucket, `work/${key}/`);
}

async function removeAll(bucket: Bucket, begin: string): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of bucket.list(begin)) keys.push(key);
  for (const key of keys.reverse()) await bucket.remove(key);
}

/** Removes what was put aside, what jobs have left that nobody does, and files of artefacts that did not come to be. */
export async function* sweepBucket(
  bucket: Bucket,
  { before, isTrial, staleMs }: Sweep & { readonly staleMs: number },
): AsyncGenerator<Leftover> {
  const isOld = (objects: readonly BucketObject[]) => objects.every(({ at }) => at < before.getTime());

  for (const [name, objects] of await byFolder(bucket, 'damaged/')) {
    if (!isOld(objects)) continue;
    if (!isTrial) await removeAll(bucket, `damaged/${name}/`);
    yield { name: `damaged/${name}`, bytes: bytesOf(objects) };
  }
  for (const [key, objects] of await workByKey(bucket)) {
    const last = lastHoldOf(objects);
    if (!isOld(objects) || (last && (await holderAt(bucket, last, staleMs)))) continue;
    if (!isTrial) {
      if (!(await tryBucketHold(bucket, key, [], staleMs))) continue;
      await removeWork(bucket, key);
    }
    yield { name: `work/${key}`, bytes: bytesOf(objects) };
  }
  for (const [key, objects] of await objectsByKey(bucket)) {
    if (hasJob(objects) || !isOld(objects)) continue;
    if (!isTrial) await removeArtefact(bucket, key);
    yield { name: `artefacts/${key}`, bytes: bytesOf(objects) };
  }
}

const bytesOf = (objects: readonly BucketObject[]): number =>
  objects.reduce((sum, { bytes }) => sum + bytes, 0);

/**
 * Removes from this machine what is not in the bucket any more.
 * @param there keys of the artefacts in the bucket
 * @param held keys of the jobs that living processes do
 */
export async function* sweepCache(
  root: string,
  { there, held, before, isTrial }: Sweep & Record<'there' | 'held', ReadonlySet<string>>,
): AsyncGenerator<Leftover> {
  const artefacts = (await keysIn(root)).filter((key) => !there.has(key)).map((key) => placeIn(root, key));
  const work = (await namesIn(root, 'work')).filter((key) => !held.has(key));
  const partial = await namesIn(root, 'partial');
  const rest = [...work.map((key) => join('work', key)), ...partial.map((name) => join('partial', name))];
  for (const path of [...artefacts, ...rest.map((name) => join(root, name))]) {
    if ((await lastTouched(path)) >= before.getTime()) continue;
    const leftover = { name: path, bytes: await bytesIn(path) };
    if (!isTrial) await rm(path, { recursive: true, force: true });
    yield leftover;
  }
}

const namesIn = (root: string, part: string): Promise<string[]> =>
  readdir(join(root, part)).catch(() => [] as string[]);
