import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { DataError } from './errors';
import { readExactly, unreadable, withFile } from './read.node';

const PIECE_BYTES = 1 << 18;
/** Deflate cannot make more of a byte. Source: RFC 1951; 258 bytes by two bits. */
const MOST_OF_A_BYTE = 1032;
/** No data set that is read whole has more. */
const MOST_BYTES = 2 ** 32;

/**
 * The first bytes of a file's content, or all of it where it is shorter. The file is unpacked if it is gzipped, no
 * further than that.
 * @throws DataError `DATA_UNREADABLE`, `DATA_CUT`
 */
export async function readHead(path: string, length: number): Promise<Uint8Array> {
  const head = new Uint8Array(length);
  return head.subarray(0, await fill(head, path));
}

/**
 * Content of a file of which is known how long it may be, unpacked if it is gzipped. Goes by the content and not the
 * name: browsers unpack a `.gz` download without renaming it. No more than `most` bytes are ever made of it, however
 * many are packed.
 * @throws DataError `DATA_UNREADABLE`, `DATA_CUT`, `DATA_TRAILING` for more than `most`, `DATA_FORMAT` for a `most` past 4 GiB
 */
export async function readUnzipped(path: string, most: number): Promise<Uint8Array> {
  const { size, zipped } = await lookAt(path);
  const possible = zipped ? size * MOST_OF_A_BYTE : size;
  if (most > possible) {
    throw new DataError('DATA_CUT', {
      file: path,
      expected: `${most} bytes, as its header says`,
      found: zipped ? `a gzip file of ${size} bytes, which cannot hold so many` : `${size} bytes`,
      advice: 'The file is cut short: get it again',
    });
  }
  if (most > MOST_BYTES) {
    const found = `a header that says ${most}`;
    throw new DataError('DATA_FORMAT', { file: path, expected: `at most ${MOST_BYTES} bytes`, found });
  }
  const content = new Uint8Array(most);
  const filled = await fill(content, path, () => {
    const expected = `${most} bytes, as its header says`;
    throw new DataError('DATA_TRAILING', { file: path, expected, found: 'more' });
  });
  return content.subarray(0, filled);
}

/** @returns how many bytes there were. @param onMore called where there are more than `target` takes */
async function fill(target: Uint8Array, path: string, onMore?: () => never): Promise<number> {
  let filled = 0;
  for await (const piece of pieces(path)) {
    if (onMore && filled + piece.length > target.length) onMore();
    const part = piece.subarray(0, target.length - filled);
    target.set(part, filled);
    filled += part.length;
    if (!onMore && filled === target.length) break;
  }
  return filled;
}

async function* pieces(path: string): AsyncGenerator<Uint8Array> {
  const { zipped } = await lookAt(path);
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  const content = zipped ? file.pipe(createGunzip({ chunkSize: PIECE_BYTES })) : file;
  file.on('error', (cause) => content.destroy(cause));
  try {
    for await (const piece of content) yield piece;
  } catch (cause) {
    throw isZlibs(cause) ? damagedGzip(path, cause) : unreadable(path, cause);
  } finally {
    file.destroy();
    content.destroy();
  }
}

function lookAt(path: string): Promise<{ size: number; zipped: boolean }> {
  return withFile(path, async (file) => {
    const { size } = await file.stat();
    const magic = new Uint8Array(Math.min(2, size));
    await readExactly(file, magic, 0, path);
    return { size, zipped: magic[0] === 0x1f && magic[1] === 0x8b };
  });
}

/** Errors of zlib carry a code that begins with Z. */
export const isZlibs = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_');

export function damagedGzip(path: string, cause: unknown): DataError {
  const problem = {
    file: path,
    expected: 'a whole gzip file',
    found: cause instanceof Error ? cause.message : String(cause),
    advice: 'The file is cut or damaged: get it again',
  };
  return new DataError('DATA_CUT', problem, { cause });
}
