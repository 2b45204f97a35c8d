import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { renameFolder, writeFileAtomic } from '../../data/files.node';
import { checkSum, isDamage, keptText, parseKept } from '../../data/kept.node';
import type { Entry, Listed, StoredFile } from '../store';
import { checkFiles, checkKey, fileMissing, JOB, listedSchema, placeIn } from '../stored.node';
import type { Bucket, BucketObject } from './bucket.node';

/**
 * An artefact is `artefacts/KEY/job.json`, written last, and its files, each under its checksum: two that make the same
 * artefact do not mix their files.
 */
const folderOf = (key: string): string => `artefacts/${key}/`;
const jobKey = (key: string): string => folderOf(key) + JOB;
const fileKey = (key: string, { name, sha256 }: StoredFile): string => `${folderOf(key)}${sha256}/${name}`;
const ARTEFACT = /^artefacts\/([0-9a-f]{64})\/(.+)$/;

/** Undefined where there is none. @throws DataError where it is damaged */
export async function listedAt(bucket: Bucket, key: string): Promise<Listed | undefined> {
  const at = jobKey(key);
  const bytes = await bucket.get(at);
  if (!bytes) return undefined;
  const { content } = parseKept(at, new TextDecoder().decode(bytes), listedSchema);
  checkKey(at, content, key);
  return content;
}

/** Its bytes, as they were written. @throws DataError */
export async function fileAt(bucket: Bucket, key: string, file: StoredFile): Promise<Uint8Array> {
  const at = fileKey(key, file);
  const bytes = await bucket.get(at);
  if (!bytes) throw fileMissing(at);
  checkSum(at, 'content', file.sha256, bytes);
  return bytes;
}

/** Writes the files of a job's folder, then what is known of the artefact. Another one that is there already stays. */
export async function upload(bucket: Bucket, listed: Listed, folder: string): Promise<void> {
  const { key, files } = listed;
  for (const file of files) await bucket.put(fileKey(key, file), await readFile(join(folder, file.name)));
  await bucket.putNew(jobKey(key), keptText(listed));
}

/** Brings an artefact's files to this machine, unless they are there. @returns their folder @throws DataError */
export async function cached(bucket: Bucket, listed: Listed, root: string): Promise<string> {
  const place = placeIn(root, listed.key);
  if (await isWholeAt(place, listed)) return place;
  const partial = join(root, 'partial', randomUUID());
  try {
    for (const file of listed.files) {
      await writeFileAtomic(join(partial, file.name), await fileAt(bucket, listed.key, file));
    }
    await rm(place, { recursive: true, force: true });
    await mkdir(join(place, '..'), { recursive: true });
    await renameFolder(partial, place); // or another process has
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return place;
}

async function isWholeAt(place: string, listed: Listed): Promise<boolean> {
  try {
    await checkFiles(place, listed);
    return true;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}

/** All objects of artefacts, by key. */
export async function objectsByKey(bucket: Bucket): Promise<Map<string, BucketObject[]>> {
  const found = new Map<string, BucketObject[]>();
  for await (const object of bucket.list('artefacts/')) {
    const [, key] = ARTEFACT.exec(object.key) ?? [];
    if (key !== undefined) found.set(key, [...(found.get(key) ?? []), object]);
  }
  return found;
}

export const hasJob = (objects: readonly BucketObject[]): boolean =>
  objects.some(({ key }) => key.endsWith(`/${JOB}`));

/** An artefact as listings show it; undefined where it is gone meanwhile. */
export async function entryOf(
  bucket: Bucket,
  key: string,
  objects: readonly BucketObject[],
): Promise<Entry | undefined> {
  try {
    const listed = await listedAt(bucket, key);
    const missing = listed?.files.find((file) =>
      objects.every((object) => object.key !== fileKey(key, file)),
    );
    if (missing) throw fileMissing(fileKey(key, missing));
    return listed;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { key, damage: error.message };
  }
}

/** Takes an artefact out, what makes it one first. */
export async function removeArtefact(bucket: Bucket, key: string): Promise<void> {
  await bucket.remove(jobKey(key));
  for await (const object of bucket.list(folderOf(key))) await bucket.remove(object.key);
}

/** Has an artefact's objects elsewhere in the bucket. @returns where */
export async function putAside(bucket: Bucket, key: string): Promise<string> {
  const aside = `damaged/${key}-${Date.now()}/`;
  for await (const object of bucket.list(folderOf(key))) {
    await bucket.copy(object.key, aside + object.key.slice(folderOf(key).length));
  }
  await removeArtefact(bucket, key);
  return aside;
}
