import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { renameFolder, systemCode, tryRename, writeFileAtomic } from '../data/files.node';
import { type Owner, ownerSchema, thisProcess, whereabouts } from './owner.node';

export const HOLD = 'hold';
/** A hold that its process did not come to make, or to remove. */
export const LEFT_OVER_HOLD = /^\.hold-[0-9a-f-]{36}$/;
/** The name of this file in the hold says whose it is. What is known of the owner is in a file beside it. */
const MARK = 'owner-';
/** A hold without an owner is one that is being let go of, for a moment. */
const TRIES = 40;
const PAUSE_MS = 25;

/** A folder, which nobody else writes into meanwhile. */
export interface Hold {
  /** Whether another process had it, which is gone, and what is known of that. */
  readonly isTakenOver: boolean;
  readonly from?: Owner;
  /** Shows others that this process is there. Whether the folder is still its own. */
  renew(): Promise<boolean>;
  release(): Promise<void>;
}

/** Another process holds the folder. */
export interface Held {
  readonly by: Owner | undefined;
  /** Whether it is known to run. */
  readonly isKnown: boolean;
}

/**
 * Holds a folder until `release`, over NFS too: all is decided by renaming. A folder takes the name `hold` only where
 * nobody has it. The hold of a process that is gone is taken over by renaming its mark, which only one can do.
 *
 * Done by hand: the npm package proper-lockfile goes by the age of a file, so that a run that was stopped for a minute
 * (Ctrl-Z, a sleeping laptop) loses its folder to the next one.
 * @param staleMs after how long without `renew` an owner on another machine is taken to be gone; default: never
 * @param uses what the owner tells of its work, see `Owner`
 * @throws OutputError
 */
export async function tryHold(
  folder: string,
  staleMs = Number.POSITIVE_INFINITY,
  uses?: readonly string[],
): Promise<Hold | Held> {
  const id = randomUUID();
  const me = { ...thisProcess(), uses };
  // What a power cut makes unreadable is taken over once it is stale.
  const write = { isPassing: Number.isFinite(staleMs) };
  const hold = join(folder, HOLD);
  for (let tries = 0; ; tries++) {
    const last = await lastOwner(hold);
    if (!last && (await claim(folder, id, me, write))) return held(folder, id);
    const place = last && (await placeOf(hold, last, staleMs));
    if (last && place === 'gone') {
      if (!(await takeOver(hold, last.id, id, me))) continue;
      return { ...held(folder, id), isTakenOver: true, from: last.owner };
    }
    if (last || tries === TRIES) return { by: last?.owner, isKnown: place === 'alive' };
    await wait(PAUSE_MS);
  }
}

/** Who holds a folder, as long as that process is not gone. @param staleMs as of `tryHold` */
export async function holderOf(folder: string, staleMs: number): Promise<Partial<Owner> | undefined> {
  const hold = join(folder, HOLD);
  const last = await lastOwner(hold);
  return last && (await placeOf(hold, last, staleMs)) !== 'gone' ? (last.owner ?? {}) : undefined;
}

export const isHold = (result: Hold | Held): result is Hold => 'release' in result;

const held = (folder: string, id: string): Hold => ({
  isTakenOver: false,
  renew: () => renew(join(folder, HOLD, MARK + id)),
  release: () => release(folder, id),
});

type Write = Parameters<typeof writeFileAtomic>[2];

/** Whether the hold could be made: nobody has one. */
async function claim(folder: string, id: string, me: Owner, write: Write): Promise<boolean> {
  const own = join(folder, `.${HOLD}-${id}`);
  await writeFileAtomic(join(own, `${id}.json`), JSON.stringify(me), write);
  await writeFileAtomic(join(own, MARK + id), '', write);
  const isMine = await renameFolder(own, join(folder, HOLD));
  if (!isMine) await rm(own, { recursive: true, force: true });
  return isMine;
}

async function takeOver(hold: string, last: string, id: string, me: Owner): Promise<boolean> {
  await writeFileAtomic(join(hold, `${id}.json`), JSON.stringify(me));
  if (await tryRename(join(hold, MARK + last), join(hold, MARK + id))) {
    await renew(join(hold, MARK + id));
    await rm(join(hold, `${last}.json`), { force: true });
    return true;
  }
  await rm(join(hold, `${id}.json`), { force: true });
  await rmdir(hold).catch(() => undefined); // it was let go of meanwhile, and made again by the line above
  return false;
}

async function renew(mark: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(mark, now, now);
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return false;
    throw cause;
  }
}

async function release(folder: string, id: string): Promise<void> {
  const hold = join(folder, HOLD);
  if ((await lastOwner(hold))?.id !== id) return; // it was taken over
  const away = join(folder, `.${HOLD}-${id}`);
  if (await tryRename(hold, away)) await rm(away, { recursive: true, force: true });
}

interface LastOwner {
  readonly id: string;
  readonly owner: Owner | undefined;
}

/** Who holds; nobody while it is let go of. An owner of whom nothing can be read stays unknown. */
async function lastOwner(hold: string): Promise<LastOwner | undefined> {
  const names = await readdir(hold).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw cause;
  });
  const id = names.find((name) => name.startsWith(MARK))?.slice(MARK.length);
  if (id === undefined) return undefined;
  const text = await readFile(join(hold, `${id}.json`), 'utf8').catch(() => '');
  return { id, owner: parseOwner(text) };
}

/** Of a process that cannot be looked at it is known how long ago it last showed itself. */
async function placeOf(hold: string, { id, owner }: LastOwner, staleMs: number): Promise<string> {
  const place = owner ? whereabouts(owner) : 'unknown';
  if (place !== 'unknown') return place;
  const { mtimeMs = Date.now() } = (await stat(join(hold, MARK + id)).catch(() => undefined)) ?? {};
  return Date.now() - mtimeMs > staleMs ? 'gone' : 'unknown';
}

function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
