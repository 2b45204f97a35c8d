import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { filesIn } from './stored.node';

/** When a folder or anything in it was last written, in milliseconds of the system's clock; never where it is gone. */
export async function lastTouched(folder: string): Promise<number> {
  const times = await statsIn(folder, ({ mtimeMs }) => mtimeMs);
  return Math.max(Number.NEGATIVE_INFINITY, ...times);
}

/** How many bytes the files in a folder have. */
export async function bytesIn(folder: string): Promise<number> {
  const sizes = await statsIn(folder, (found) => (found.isFile() ? found.size : 0));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function statsIn(
  folder: string,
  figure: (found: Awaited<ReturnType<typeof stat>>) => number | bigint,
): Promise<number[]> {
  const paths = [folder, ...(await filesIn(folder)).map((name) => join(folder, name))];
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  return found.flatMap((one) => (one ? [Number(figure(one))] : []));
}
