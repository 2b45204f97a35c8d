import { mkdir, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../data/errors';
import { isFolder, renameFolder, tryRename } from '../data/files.node';
import { checkSum, isDamage, readKept, sha256, writeKept } from '../data/kept.node';
import { aFunction, aText, checkAll, options as fields, optional } from '../tensor/guard';
import { isHold, tryHold } from './hold.node';
import type { Lease, Store, Stored, StoredFile } from './store';

/** How often the holder of a lease shows that it is there, and after how long without it is taken to be gone. */
const HEARTBEAT_MS = 10_000;
const STALE_MS = 60_000;

const JOB = 'job.json';
const MADE = 'made';
const KEY = /^[0-9a-f]{64}$/;

const storedSchema = z.strictObject({
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

const storeOptions = fields({ say: optional(aFunction) });

/** Options of a store in a folder. */
export interface FolderStoreOptions {
  /** Told in a sentence of what was damaged and put aside; default: nobody is. */
  readonly say?: (text: string) => void;
}

/**
 * A store in a folder, which is made when something is written into it. Several processes may use it at once, also on several
 * machines that share the folder: one does a job, the others wait for what it makes.
 *
 * `artefacts/` has a folder for each artefact, `work/` one for each job that is not done, `damaged/` what was not whole.
 * @example
 * ```ts
 * const store = experiment.folderStore('artefacts', { say: console.log });
 * await experiment.run(async () => 'a plan without jobs', { store, gpu }); // → 'a plan without jobs'
 * ```
 */
export function folderStore(root: string, options: FolderStoreOptions = {}): Store {
  checkAll('folderStore', { root: [root, aText], options: [options, storeOptions] });
  const { say = () => undefined } = options;
  const placeOf = (key: string) => join(root, 'artefacts', key.slice(0, 2), key);

  async function read(key: string): Promise<Stored | undefined> {
    const folder = placeOf(key);
    if (!(await isFolder(folder))) return undefined;
    try {
      return await whole(folder, key);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const aside = join(root, 'damaged', `${key}-${Date.now()}`);
      await mkdir(join(root, 'damaged'), { recursive: true });
      await tryRename(folder, aside);
      say(`${error.message}. The artefact is in ${aside} now, and will be made anew`);
      return undefined;
    }
  }

  async function lease(key: string): Promise<Lease | undefined> {
    const folder = join(root, 'work', key);
    await mkdir(folder, { recursive: true });
    const hold = await tryHold(folder, STALE_MS);
    if (!isHold(hold)) return undefined;
    await takeBack(folder);
    const lost = new AbortController();
    const timer = setInterval(async () => {
      if (!(await hold.renew())) lost.abort();
    }, HEARTBEAT_MS).unref();
    const end = async () => {
      clearInterval(timer);
      await hold.release();
    };
    return {
      folder,
      lost: lost.signal,
      saved: async () => {
        if (!(await hold.renew())) lost.abort();
      },
      finish: async (made, names) => {
        const files = await Promise.all(names.map((name) => described(folder, name)));
        await writeKept(join(folder, MADE, JOB), { ...made, files, at: new Date().toISOString() });
        for (const name of names) await tryRename(join(folder, name), join(folder, MADE, name));
        await mkdir(join(placeOf(key), '..'), { recursive: true });
        await renameFolder(join(folder, MADE), placeOf(key));
        await end();
        await rm(folder, { recursive: true, force: true });
      },
      release: async () => {
        await end();
        await rmdir(folder).catch(() => undefined); // unless something is kept in it
      },
    };
  }

  async function* entries(): ReturnType<Store['entries']> {
    for (const key of await keysIn(join(root, 'artefacts'))) {
      try {
        yield await whole(placeOf(key), key);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        yield { key, damage: error.message };
      }
    }
  }

  const remove = (key: string) => rm(placeOf(key), { recursive: true, force: true });
  return { name: root, read, lease, entries, remove };
}

async function keysIn(artefacts: string): Promise<string[]> {
  const names = await readdir(artefacts, { recursive: true }).catch(() => []);
  const keys = names.map((name) => name.slice(3)).filter((name) => KEY.test(name));
  return keys.sort();
}

/** Reads an artefact and looks at every byte of it. @throws DataError */
async function whole(folder: string, key: string): Promise<Stored> {
  const path = join(folder, JOB);
  const { content } = await readKept(path, storedSchema);
  if (content.key !== key) {
    throw new DataError('DATA_DAMAGED', { file: path, field: 'key', expected: key, found: content.key });
  }
  for (const { name, sha256: sum } of content.files) {
    const file = join(folder, name);
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new DataError('DATA_CUT', { file, expected: 'a file of the artefact', found: 'none' }, { cause });
    });
    checkSum(file, 'content', sum, bytes);
  }
  return { ...content, folder };
}

async function described(folder: string, name: string): Promise<StoredFile> {
  const bytes = await readFile(join(folder, name));
  return { name, bytes: bytes.length, sha256: sha256(bytes) };
}

/** What a process that ended while it made an artefact had taken out of the job's folder. */
async function takeBack(folder: string): Promise<void> {
  const names = await readdir(join(folder, MADE)).catch(() => []);
  for (const name of names) if (name !== JOB) await tryRename(join(folder, MADE, name), join(folder, name));
  await rm(join(folder, MADE), { recursive: true, force: true });
}
