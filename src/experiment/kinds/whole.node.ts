import { existsSync } from 'node:fs';
import { previousOf, tryRename } from '../../data/files.node';
import { isDamage } from '../../data/kept.node';
import type { Work } from '../kind';

/**
 * What a checkpoint of a job holds, or the one before it where that is damaged. A damaged one is put aside, with a word.
 * Nothing where there is no whole one: the work begins anew, and comes to the same.
 */
export async function newestWhole<T>(
  { say }: Pick<Work, 'say'>,
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
        path === file && existsSync(before) ? `the job goes back to ${before}` : 'this work begins anew';
      const { message } = error;
      say(`${message}. The file is ${aside} now; ${then}`, { event: 'damaged', file: path, aside, message });
    }
  }
  return undefined;
}
