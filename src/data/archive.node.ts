import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { DataError } from './errors';
import { damagedGzip, readExactly, unreadable, withFile } from './read.node';

/**
 * Contents of the wanted files of a `.tar.gz`, by their names without folders. The archive streams through: only what
 * is wanted is ever in memory.
 *
 * @throws DataError `DATA_UNREADABLE`, `DATA_FORMAT` (no gzip, or no tar in it), `DATA_CUT`
 */
export async function readTarGz(
  path: string,
  wanted: (name: string) => boolean,
): Promise<Map<string, Uint8Array>> {
  await checkGzip(path);
  const found = new Map<string, Uint8Array>();
  const archive = extract();
  const collect = async () => {
    for await (const entry of archive) {
      const name = basename(entry.header.name);
      if (entry.header.type === 'file' && wanted(name)) found.set(name, await content(entry));
      else entry.resume();
    }
  };
  try {
    await Promise.all([pipeline(createReadStream(path), createGunzip(), archive), collect()]);
  } catch (cause) {
    throw archiveError(path, cause);
  }
  return found;
}

async function checkGzip(path: string): Promise<void> {
  const magic = new Uint8Array(2);
  await withFile(path, (file) => readExactly(file, magic, 0, path));
  if (magic[0] === 0x1f && magic[1] === 0x8b) return;
  throw new DataError('DATA_FORMAT', {
    file: path,
    expected: 'a .tar.gz file (the first two bytes of gzip are 1f8b)',
    found: Buffer.from(magic).toString('hex'),
  });
}

async function content(entry: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Errors of zlib carry a code that begins with Z; those of the tar reader carry none. */
function archiveError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  if ('code' in cause && String(cause.code).startsWith('Z_')) return damagedGzip(path, cause);
  if ('syscall' in cause) return unreadable(path, cause);
  const problem = { file: path, expected: 'a whole tar archive in the gzip file', found: cause.message };
  return new DataError('DATA_FORMAT', problem, { cause });
}
