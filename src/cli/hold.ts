import { join } from 'node:path';
import { TaskgradError } from '../../runtime/errors';
import { isFolder } from '../data/files.node';
import { type Held, HOLD, type Hold, isHold, tryHold } from '../experiment/hold.node';

/** Another run holds the folder. */
export class HeldError extends TaskgradError {
  constructor(out: string, { by, isKnown }: Held) {
    const who = by
      ? `a run holds ${out}: process ${by.pid} on ${by.host}, since ${by.since}`
      : `a run holds ${out}`;
    const unless = isKnown ? '' : `; if it is gone for certain, delete ${join(out, HOLD)}`;
    super('RUN_HELD', `${who}. Wait for it or stop it, or choose another --out${unless}`);
  }
}

/** Holds the folder of a run until it is released, see `tryHold`. @throws HeldError if another process holds it; OutputError */
export async function holdFolder(out: string, say: (text: string) => void): Promise<Hold> {
  const hold = await tryHold(out);
  if (!isHold(hold)) throw new HeldError(out, hold);
  if (hold.isTakenOver) {
    const { pid = '?', host = '?', since = '?' } = hold.from ?? {};
    say(`took ${out} over from a run that is gone: process ${pid} on ${host}, since ${since}`);
  }
  return hold;
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
