import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readTarGz } from './archive.node';
import type { Place } from './place';
import { listFolder, readBytes, readExactly, withFile } from './read.node';
import { readHead, readUnzipped } from './unzip.node';

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
    head: (length) => readHead(path, length),
    unzipped: (most) => readUnzipped(path, most),
    untarred: (limits) => readTarGz(path, limits),
  };
}
