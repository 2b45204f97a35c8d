import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readTarGz } from './archive.node';
import type { Place } from './place';
import { listFolder, readBytes, readExactly, readMaybeGzipped, withFile } from './read.node';

/** A place on this machine's disks. */
export function placeAt(path: string): Place {
  return {
    path,
    name: basename(path),
    at: (name) => placeAt(join(path, name)),
    isFile: async () => (await stat(path).catch(() => undefined))?.isFile() ?? false,
    list: (problem) => listFolder(path, problem),
    size: () => withFile(path, async (file) => (await file.stat()).size),
    bytes: () => readBytes(path),
    part: (start, length) =>
      withFile(path, async (file) => {
        const bytes = new Uint8Array(length);
        await readExactly(file, bytes, start, path);
        return bytes;
      }),
    unzipped: () => readMaybeGzipped(path),
    untarred: (wanted) => readTarGz(path, wanted),
  };
}
