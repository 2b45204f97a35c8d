import { existsSync } from 'node:fs';
import type { ZodType } from 'zod';
import { previousOf, tryRename } from '../data/files.node';
import { type Identity, isDamage, readKept } from '../data/kept.node';
import type { Reporter } from './progress';

type Say = Pick<Reporter, 'say'>;

/**
 * What a state file of the run holds, or the one before it where that is damaged. A damaged one is put aside, with a word.
 * Nothing where there is no whole one: the work begins anew, and comes to the same.
 */
export async function newestWhole<T>(
  { say }: Say,
  file: string,
  load: (path: string) => Promise<T>,
): Promise<T | undefined> {
  const before = previousOf(file);
  for (const path of [file, before]) {
    if (!existsSync(path)) continue;
    try {
      return await load(path);
    } catch (error) {
      if (!isDamage(error)) throw error;
      const aside = `${path}.damaged`;
      await tryRename(path, aside);
      const then =
        path === file && existsSync(before) ? `the run goes back to ${before}` : 'this work begins anew';
      const { message } = error;
      say(`${message}. The file is ${aside} now; ${then}`, { event: 'damaged', file: path, aside, message });
    }
  }
  return undefined;
}

/** The JSON that a state file holds, see `newestWhole`. @throws DataError `DATA_OTHER` where it is of something else */
export const newestJson = <T>(reporter: Say, file: string, schema: ZodType<T>, of?: Identity) =>
  newestWhole(reporter, file, async (path) => (await readKept(path, schema, of)).content);
