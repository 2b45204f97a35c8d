import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LEFT_OVER } from '../data/files.node';
import { LEFT_OVER_HOLD } from './hold';

/** Folders of a run's folder in which all is the run's. */
const OWN = ['state', 'state.previous', 'profile'];

/** Removes what runs that were ended left half-written in a folder. Only to be called by who holds it. */
export async function sweep(out: string, say: (text: string) => void): Promise<void> {
  const isLeft = (name: string) => LEFT_OVER.test(name) || LEFT_OVER_HOLD.test(name);
  const here = (await readdir(out)).filter(isLeft).map((name) => join(out, name));
  const deeper = await Promise.all(OWN.map((folder) => leftIn(join(out, folder))));
  const left = [here, ...deeper].flat();
  if (left.length === 0) return;
  let bytes = 0;
  for (const path of left) {
    bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
    await rm(path, { recursive: true, force: true });
  }
  const files = left.length === 1 ? 'a file' : `${left.length} files`;
  say(`removed ${files} that an earlier run had left half-written (${Math.ceil(bytes / 1000)} kB)`);
}

async function leftIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => LEFT_OVER.test(basename(name))).map((name) => join(folder, name));
}
