import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
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

/** macOS puts a `._name` beside each file of a foreign disk, and a folder __MACOSX into archives. Neither is data. */
export const isShown = (name: string): boolean => !name.startsWith('.') && name !== '__MACOSX';

/** Names in a folder, sorted; without hidden ones. @throws DataError `DATA_MISSING`, in the words of `problem`, where there is no folder */
export async function listFolder(
  dir: string,
  problem: Pick<DataProblem, 'expected' | 'advice'>,
): Promise<string[]> {
  try {
    return (await readdir(dir)).filter(isShown).sort();
  } catch (cause) {
    throw new DataError('DATA_MISSING', { file: dir, ...problem, found: systemReason(cause) }, { cause });
  }
}

/** @throws DataError `DATA_UNREADABLE` */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  await checkFile(path);
  try {
    return await readFile(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Pipes and devices have no end, or nobody writes into them: reading one may take for ever. */
async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  if (found.isFile()) return;
  const expected = 'a readable file';
  const what = found.isDirectory() ? 'a folder' : 'a pipe or device';
  throw new DataError('DATA_UNREADABLE', { file: path, expected, found: what });
}

/** Opens a file for reads at offsets and closes it again. @throws DataError `DATA_UNREADABLE` */
export async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  await checkFile(path);
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
