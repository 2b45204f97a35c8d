import { link, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

/** What became of a folder's files, by their paths in it. */
interface Changes {
  readonly replaced: readonly string[];
  readonly writtenInPlace: readonly string[];
}

/** Gives each file of a folder a second name in `aside`, so that no new file can be taken for it. */
export async function linkFiles(folder: string, aside: string): Promise<() => Promise<Changes>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const before = new Map<string, { ino: bigint; mtimeNs: bigint }>();
  for (const file of files) {
    const second = join(aside, relative(folder, file));
    await mkdir(dirname(second), { recursive: true });
    await link(file, second);
    before.set(file, await stat(file, { bigint: true }));
  }
  return async () => {
    const [replaced, writtenInPlace]: string[][] = [[], []];
    for (const [file, { ino, mtimeNs }] of before) {
      const now = await stat(file, { bigint: true }).catch(() => undefined);
      if (now === undefined) continue; // it was moved or removed
      if (now.ino !== ino) replaced.push(relative(folder, file));
      else if (now.mtimeNs !== mtimeNs) writtenInPlace.push(relative(folder, file));
    }
    return { replaced, writtenInPlace };
  };
}
