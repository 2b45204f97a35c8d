import { type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DataError, type DataProblem } from './errors';

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'nothing there',
  ENOTDIR: 'a file',
  EISDIR: 'a folder',
  EACCES: 'no permission to read it',
};

/** Why the system would not read, in words where there are some. */
export function systemReason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return SYSTEM_REASONS[code] ?? code;
}

/** Names in a folder, sorted. @throws DataError `DATA_MISSING`, in the words of `problem`, where there is no folder */
export async function listFolder(
  dir: string,
  problem: Pick<DataProblem, 'expected' | 'advice'>,
): Promise<string[]> {
  try {
    return (await readdir(dir)).sort();
  } catch (cause) {
    throw new DataError('DATA_MISSING', { file: dir, ...problem, found: systemReason(cause) }, { cause });
  }
}

/** @throws DataError `DATA_UNREADABLE` */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/**
 * Goes by the content and not the name: browsers unpack a `.gz` download without renaming it.
 * @throws DataError `DATA_UNREADABLE`, `DATA_CUT`
 */
export async function readMaybeGzipped(path: string): Promise<Uint8Array> {
  const bytes = await readBytes(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes);
  } catch (cause) {
    throw damagedGzip(path, cause);
  }
}

export function damagedGzip(path: string, cause: unknown): DataError {
  const problem = {
    file: path,
    expected: 'a whole gzip file',
    found: cause instanceof Error ? cause.message : String(cause),
    advice: 'The file is cut or damaged: get it again',
  };
  return new DataError('DATA_CUT', problem, { cause });
}

/** Opens a file for reads at offsets and closes it again. @throws DataError `DATA_UNREADABLE` */
export async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

/** Fills `target` from `position` on. @throws DataError `DATA_CUT` where the file ends before, `DATA_UNREADABLE` */
export async function readExactly(
  file: FileHandle,
  target: Uint8Array,
  position: number,
  path: string,
): Promise<void> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await file
      .read(target, filled, target.length - filled, position + filled)
      .catch((cause: unknown) => {
        throw unreadable(path, cause);
      });
    if (bytesRead === 0) {
      throw new DataError('DATA_CUT', {
        file: path,
        expected: `at least ${position + target.length} bytes`,
        found: `${position + filled} bytes`,
        advice: 'The file is cut short: get it again',
      });
    }
    filled += bytesRead;
  }
}

export function unreadable(path: string, cause: unknown): DataError {
  const problem = { file: path, expected: 'a readable file', found: systemReason(cause) };
  return new DataError('DATA_UNREADABLE', problem, { cause });
}
