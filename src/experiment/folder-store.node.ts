import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../data/errors';
import { isFolder, tryRename } from '../data/files.node';
import { isDamage } from '../data/kept.node';
import { aFunction, aText, checkAll, options as fields, optional } from '../tensor/guard';
import { heartbeat, STALE_MS } from './heartbeat.node';
import { holderOf, isHold, tryHold } from './hold.node';
import type { Entry, Lease, Leased, Leftover, Store, Stored } from './store';
import {
  checkFiles,
  described,
  keysIn,
  moveFiles,
  placeIn,
  readListed,
  takeBack,
  withClearErrors,
} from './stored.node';
import { bytesIn, lastTouched } from './touched.node';

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
 * A disk that is full gives a StoreError, and leaves what jobs have saved where it is.
 * @example
 * ```ts
 * const store = experiment.folderStore('artefacts', { say: console.log });
 * await experiment.run(async () => 'a plan without jobs', { store, gpu }); // → 'a plan without jobs'
 * ```
 */
export function folderStore(root: string, options: FolderStoreOptions = {}): Store {
  checkAll('folderStore', { root: [root, aText], options: [options, storeOptions] });
  const { say = () => undefined } = options;
  const placeOf = (key: string) => placeIn(root, key);
  const workOf = (key: string) => join(root, 'work', key);

  async function whole(key: string): Promise<Stored | undefined> {
    const folder = placeOf(key);
    if (!(await isFolder(folder))) return undefined;
    const listed = await readListed(folder, key);
    await checkFiles(folder, listed);
    return { ...listed, folder };
  }

  async function read(key: string): Promise<Stored | undefined> {
    try {
      return await whole(key);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const aside = join(root, 'damaged', `${key}-${Date.now()}`);
      await mkdir(join(root, 'damaged'), { recursive: true });
      await tryRename(placeOf(key), aside);
      say(`${error.message}. The artefact is in ${aside} now, and will be made anew`);
      return undefined;
    }
  }

  async function check(key: string): Promise<string | undefined> {
    try {
      await whole(key);
      return undefined;
    } catch (error) {
      if (error instanceof DataError) return error.message;
      throw error;
    }
  }

  const lease = (key: string, uses: readonly string[] = []): Promise<Lease | undefined> =>
    withClearErrors(root, workOf(key), () => leaseIn(workOf(key), key, uses));

  async function leaseIn(folder: string, key: string, uses: readonly string[]): Promise<Lease | undefined> {
    await mkdir(folder, { recursive: true });
    const hold = await tryHold(folder, STALE_MS, uses);
    if (!isHold(hold)) return undefined;
    await takeBack(folder);
    const heart = heartbeat(() => hold.renew());
    const clearly = (work: () => Promise<void>) => withClearErrors(root, folder, work);
    const end = async () => {
      heart.stop();
      await hold.release();
    };
    return {
      folder,
      lost: heart.lost,
      saved: () => clearly(heart.beat),
      finish: (made, names) =>
        clearly(async () => {
          const files = await Promise.all(names.map((name) => described(folder, name)));
          const listed = { ...made, files, at: new Date().toISOString() };
          await moveFiles(folder, names, placeOf(key), listed);
          await end();
          await rm(folder, { recursive: true, force: true });
        }),
      release: async () => {
        await end();
        await rmdir(folder).catch(() => undefined); // unless something is kept in it
      },
    };
  }

  async function* entries(): AsyncGenerator<Entry> {
    for (const key of await keysIn(root)) {
      try {
        yield await readListed(placeOf(key), key);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        yield { key, damage: error.message };
      }
    }
  }

  /** Under another name first, so that nobody takes what is half gone for damaged. */
  async function discard(path: string): Promise<void> {
    const away = join(root, 'damaged', `gone-${randomUUID()}`);
    await mkdir(join(root, 'damaged'), { recursive: true });
    if (await tryRename(path, away)) await rm(away, { recursive: true, force: true });
  }

  async function* leases(): AsyncGenerator<Leased> {
    for (const key of await namesIn(root, 'work')) {
      const holder = await holderOf(workOf(key), STALE_MS);
      if (holder) yield { key, uses: holder.uses ?? [] };
    }
  }

  async function* sweep(before: Date, isTrial = false): AsyncGenerator<Leftover> {
    for (const part of ['damaged', 'work']) {
      for (const name of await namesIn(root, part)) {
        const path = join(root, part, name);
        if ((await lastTouched(path)) >= before.getTime()) continue;
        const leftover = { name: `${part}/${name}`, bytes: await bytesIn(path) };
        if (part === 'damaged') {
          if (!isTrial) await rm(path, { recursive: true, force: true });
        } else if (isTrial) {
          if (await holderOf(path, STALE_MS)) continue;
        } else {
          if (!isHold(await tryHold(path, STALE_MS))) continue;
          await discard(path);
        }
        yield leftover;
      }
    }
  }

  const remove = (key: string) => discard(placeOf(key));
  return { name: root, read, lease, entries, check, remove, leases, sweep };
}

const namesIn = (root: string, part: string): Promise<string[]> =>
  readdir(join(root, part)).catch(() => [] as string[]);
