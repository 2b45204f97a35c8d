import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TaskgradError } from '../../runtime/errors';
import { isFolder, renameFolder, systemCode, tryRename, writeFileAtomic } from '../data/files.node';
import { type Owner, ownerSchema, thisProcess, whereabouts } from './owner';

const HOLD = 'hold';
/** A hold that its process did not come to make, or to remove. */
export const LEFT_OVER_HOLD = /^\.hold-[0-9a-f-]{36}$/;
/** The name of this file in the hold says whose it is. What is known of the owner is in a file beside it. */
const MARK = 'owner-';
/** A hold without an owner is one that is being let go of, for a moment. */
const TRIES = 40;
const PAUSE_MS = 25;

/** A run's folder, which nobody else writes into meanwhile. */
export interface Hold {
  release(): Promise<void>;
}

/** Another run holds the folder. */
export class HeldError extends TaskgradError {
  constructor(out: string, owner: Owner | undefined, isKnown: boolean) {
    const who = owner
      ? `a run holds ${out}: process ${owner.pid} on ${owner.host}, since ${owner.since}`
      : `a run holds ${out}`;
    const unless = isKnown ? '' : `; if it is gone for certain, delete ${join(out, HOLD)}`;
    super('RUN_HELD', `${who}. Wait for it or stop it, or choose another --out${unless}`);
  }
}

/**
 * Holds the folder of a run until `release`, over NFS too: all is decided by renaming. A folder takes the name `hold`
 * only where nobody has it. The hold of a process that is gone is taken over by renaming its mark, which only one can do.
 *
 * Done by hand: the npm package proper-lockfile goes by the age of a file, so that a run that was stopped for a minute
 * (Ctrl-Z, a sleeping laptop) loses its folder to the next one.
 * @throws HeldError if another process holds it; OutputError
 */
export async function holdFolder(out: string, say: (text: string) => void): Promise<Hold> {
  const id = randomUUID();
  const me = thisProcess();
  const hold = join(out, HOLD);
  for (let tries = 0; ; tries++) {
    const last = await lastOwner(hold);
    if (!last && (await claim(out, id, me))) return { release: () => release(out, id) };
    const place = last?.owner && whereabouts(last.owner);
    if (last && place === 'gone') {
      if (!(await takeOver(hold, last.id, id, me))) continue;
      const { pid = '?', host = '?', since = '?' } = last.owner ?? {};
      say(`took ${out} over from a run that is gone: process ${pid} on ${host}, since ${since}`);
      return { release: () => release(out, id) };
    }
    if (last || tries === TRIES) throw new HeldError(out, last?.owner, place === 'alive');
    await wait(PAUSE_MS);
  }
}

/** Holds a folder while `work` runs; one that is not there needs no hold. */
export async function whileHeld<T>(
  out: string,
  say: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const hold = (await isFolder(out)) ? await holdFolder(out, say) : undefined;
  try {
    return await work();
  } finally {
    await hold?.release();
  }
}

/** Whether the hold could be made: nobody has one. */
async function claim(out: string, id: string, me: Owner): Promise<boolean> {
  const own = join(out, `.${HOLD}-${id}`);
  await writeFileAtomic(join(own, `${id}.json`), JSON.stringify(me));
  await writeFileAtomic(join(own, MARK + id), '');
  const isMine = await renameFolder(own, join(out, HOLD));
  if (!isMine) await rm(own, { recursive: true, force: true });
  return isMine;
}

async function takeOver(hold: string, last: string, id: string, me: Owner): Promise<boolean> {
  await writeFileAtomic(join(hold, `${id}.json`), JSON.stringify(me));
  if (await tryRename(join(hold, MARK + last), join(hold, MARK + id))) {
    await rm(join(hold, `${last}.json`), { force: true });
    return true;
  }
  await rm(join(hold, `${id}.json`), { force: true });
  await rmdir(hold).catch(() => undefined); // it was let go of meanwhile, and made again by the line above
  return false;
}

async function release(out: string, id: string): Promise<void> {
  const away = join(out, `.${HOLD}-${id}`);
  if (await tryRename(join(out, HOLD), away)) await rm(away, { recursive: true, force: true });
}

/** Who holds; nobody while it is let go of. An owner of whom nothing can be read stays unknown. */
async function lastOwner(hold: string): Promise<{ id: string; owner: Owner | undefined } | undefined> {
  const names = await readdir(hold).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw cause;
  });
  const id = names.find((name) => name.startsWith(MARK))?.slice(MARK.length);
  if (id === undefined) return undefined;
  const text = await readFile(join(hold, `${id}.json`), 'utf8').catch(() => '');
  return { id, owner: parseOwner(text) };
}

function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
