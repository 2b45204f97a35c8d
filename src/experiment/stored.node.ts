import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { DataError, OutputError } from '../data/errors';
import { asOutputError, renameFolder, tryRename } from '../data/files.node';
import { checkSum, readKept, sha256, writeKept } from '../data/kept.node';
import type { Json } from './canonical';
import type { Listed, StoredFile } from './store';
import { StoreError } from './store-error';

/** What is known of an artefact stands in this file of its folder. */
export const JOB = 'job.json';
/** In a job's folder: what is about to become the artefact. */
const MADE = 'made';
export const KEY = /^[0-9a-f]{64}$/;

export const listedSchema = z.strictObject({
  key: z.string(),
  kind: z.string(),
  version: z.number(),
  adapter: z.string(),
  inputs: z.json(),
  value: z.json(),
  files: z.array(z.strictObject({ name: z.string(), bytes: z.number(), sha256: z.string() })),
  at: z.string(),
  seconds: z.number(),
});

/** Where an artefact lies below the root of a folder of them. */
export const placeIn = (root: string, key: string): string => join(root, 'artefacts', key.slice(0, 2), key);

/** The keys of all artefacts in a folder of them. */
export async function keysIn(root: string): Promise<string[]> {
  const names = await readdir(join(root, 'artefacts'), { recursive: true }).catch(() => []);
  const keys = names.map((name) => name.slice(3)).filter((name) => KEY.test(name));
  return keys.sort();
}

/** Reads what is known of an artefact. @throws DataError where that is damaged, or of another key */
export async function readListed(folder: string, key: string): Promise<Listed> {
  const path = join(folder, JOB);
  const { content } = await readKept(path, listedSchema);
  checkKey(path, content, key);
  return content;
}

export function checkKey(file: string, { key: found }: Listed, expected: string): void {
  if (found !== expected) throw new DataError('DATA_DAMAGED', { file, field: 'key', expected, found });
}

/** Looks at every byte of an artefact's files. @throws DataError */
export async function checkFiles(folder: string, { files }: Listed): Promise<void> {
  for (const { name, sha256: sum } of files) {
    const file = join(folder, name);
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw fileMissing(file, cause);
    });
    checkSum(file, 'content', sum, bytes);
  }
}

export const fileMissing = (file: string, cause?: unknown): DataError =>
  new DataError('DATA_CUT', { file, expected: 'a file of the artefact', found: 'none' }, { cause });

export async function described(folder: string, name: string): Promise<StoredFile> {
  const bytes = await readFile(join(folder, name));
  return { name, bytes: bytes.length, sha256: sha256(bytes) };
}

/**
 * Has some files of a job's folder in a folder of their own, all or nothing.
 * @param job what is to stand beside them; default: nothing
 */
export async function moveFiles(
  folder: string,
  names: readonly string[],
  place: string,
  job?: Listed,
): Promise<void> {
  try {
    if (job) await writeKept(join(folder, MADE, JOB), job);
    await mkdir(join(place, '..'), { recursive: true });
    for (const name of names) {
      await mkdir(join(folder, MADE, name, '..'), { recursive: true });
      await tryRename(join(folder, name), join(folder, MADE, name));
    }
    await renameFolder(join(folder, MADE), place);
  } catch (error) {
    await takeBack(folder);
    throw error;
  }
}

/** What had been taken out of a job's folder for an artefact that did not come to be. */
export async function takeBack(folder: string): Promise<void> {
  for (const name of await filesIn(join(folder, MADE))) {
    if (name !== JOB) await tryRename(join(folder, MADE, name), join(folder, name));
  }
  await rm(join(folder, MADE), { recursive: true, force: true });
}

/** Paths of all files in a folder, from it on and with slashes; none where there is no folder. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
  return paths.map((path) => path.replaceAll(sep, '/')).sort();
}

const FULL = ['ENOSPC', 'EDQUOT'];

/** Has what the system says of writing into a store become a StoreError. @param folder whose files stay */
export async function withClearErrors<T>(store: string, folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = asOutputError(folder, error);
    if (!(cause instanceof OutputError)) throw cause;
    const { systemCode, path } = cause;
    const stays = `what the job has saved stays in ${folder}`;
    if (FULL.includes(systemCode)) {
      const remedy = 'free some space, by taskgrad store gc for one, and start again';
      throw new StoreError(store, 'full', `no space is left to write ${path}; ${remedy}: ${stays}`, {
        cause,
      });
    }
    const reason = `the system refuses to write ${path} (${systemCode}); make it writable, or choose another store`;
    throw new StoreError(store, 'refused', `${reason}: ${stays}`, { cause });
  }
}

/** The keys of the artefacts that a job's inputs name. */
export function referencesIn(inputs: Json): string[] {
  if (typeof inputs !== 'object' || inputs === null) return [];
  const { $artefact: key } = inputs as { readonly $artefact?: Json };
  return typeof key === 'string' ? [key] : Object.values(inputs).flatMap(referencesIn);
}
