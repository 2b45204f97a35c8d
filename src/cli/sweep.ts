import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LEFT_OVER } from '../data/files.node';
import { LEFT_OVER_HOLD } from '../experiment/hold.node';

/** A younger hold may be one that another process is about to make, to be refused. */
const HOLD_AGE_MS = 60_000;

/** Folders of a run's folder in which all is the run's. */
const OWN = ['profile'];

/** Removes what runs that were ended left half-written in a folder. Only to be called by who holds it. */
export async function sweep(out: string, say: (text: string) => void): Promise<void> {
  const names = await readdir(out);
  const paths = (pattern: RegExp) =>
    names.filter((name) => pattern.test(name)).map((name) => join(out, name));
  const deeper = await Promise.all(OWN.map((folder) => leftIn(join(out, folder))));
  const left = [...paths(LEFT_OVER), ...deeper.flat()];
  for (const hold of paths(LEFT_OVER_HOLD)) if (await isOld(hold)) left.push(hold);
  if (left.length === 0) return;
  let bytes = 0;
  for (const path of left) {
    bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
    await rm(path, { recursive: true, force: true });
  }
  const files = left.length === 1 ? 'a file' : `${left.length} files`;
  say(`removed ${files} that an earlier run had left half-written (${Math.ceil(bytes / 1000)} kB)`);
}

async function isOld(path: string): Promise<boolean> {
  const { mtimeMs = Date.now() } = (await stat(path).catch(() => undefined)) ?? {};
  return Date.now() - mtimeMs > HOLD_AGE_MS;
}

async function leftIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => LEFT_OVER.test(basename(name))).map((name) => join(folder, name));
}
