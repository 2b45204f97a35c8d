import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { DataError } from './errors';
import type { ArchiveLimits } from './place';
import { readExactly, unreadable, withFile } from './read.node';
import { damagedGzip, isZlibs } from './unzip.node';

/**
 * Contents of the wanted files of a `.tar.gz`, by their names without folders. The archive streams through: only what
 * is wanted is ever in memory, and nothing that its headers say to be more than it may be.
 *
 * @throws DataError `DATA_UNREADABLE`, `DATA_FORMAT` (no gzip, no tar in it, two files of one name, more than the limits
 *   allow), `DATA_CUT`
 */
export async function readTarGz(path: string, limits: ArchiveLimits): Promise<Map<string, Uint8Array>> {
  await checkGzip(path);
  const found = new Map<string, Uint8Array>();
  const archive = extract();
  const collect = async () => {
    for await (const entry of archive) {
      const { type, name: inside, size = 0 } = entry.header;
      const name = basename(inside);
      const most = type === 'file' ? limits.entry(name) : undefined;
      if (size > (most ?? limits.whole)) throw tooMuch(path, inside, most ?? limits.whole, `${size}`, limits);
      if (most === undefined) {
        entry.resume();
        continue;
      }
      if (found.has(name)) throw twice(path, name, inside);
      found.set(name, await content(entry, size));
    }
  };
  const counted = async function* (unpacked: AsyncIterable<Uint8Array>) {
    let bytes = 0;
    for await (const piece of unpacked) {
      bytes += piece.length;
      if (bytes > limits.whole) throw tooMuch(path, undefined, limits.whole, 'more', limits);
      yield piece;
    }
  };
  try {
    await Promise.all([pipeline(createReadStream(path), createGunzip(), counted, archive), collect()]);
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

async function content(entry: AsyncIterable<unknown>, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of entry) {
    if (!(chunk instanceof Uint8Array)) continue;
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

const tooMuch = (
  file: string,
  entry: string | undefined,
  most: number,
  bytes: string,
  { advice }: ArchiveLimits,
) =>
  new DataError('DATA_FORMAT', {
    file,
    ...(entry !== undefined && { field: entry }),
    expected: `at most ${most} bytes unpacked`,
    found: bytes,
    advice,
  });

const twice = (file: string, name: string, inside: string) =>
  new DataError('DATA_FORMAT', {
    file,
    field: inside,
    expected: `one file called ${name}`,
    found: 'a second one',
    advice: 'Unpack the archive, and name the folder of the files that you mean',
  });

/** What the tar reader throws has no code. */
function archiveError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof DataError) return cause;
  if (isZlibs(cause)) return damagedGzip(path, cause);
  if ('syscall' in cause) return unreadable(path, cause);
  const problem = { file: path, expected: 'a whole tar archive in the gzip file', found: cause.message };
  return new DataError('DATA_FORMAT', problem, { cause });
}
