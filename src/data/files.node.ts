import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ZodType } from 'zod';
import { DataError, OutputError } from './errors';

/** What `writeFileAtomic` leaves half-written where the process ends: .NAME.UUID.partial, and the like. */
export const LEFT_OVER = /^\..*\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(partial|probe)$/;

/** Where `keepPrevious` keeps what a file held before. */
export const previousOf = (path: string): string => `${path}.previous`;

interface WriteOptions {
  readonly keepPrevious?: boolean;
  readonly isPassing?: boolean;
}

/**
 * Writes a file whole or not at all: into a new file beside it, which then takes its name. Folders
 * on the way are made. On any failure the file is as it was before and nothing is left beside it. Once it returns, the
 * file is on the disk under its name.
 *
 * With `keepPrevious` the file that was there before stays as `previousOf(path)`. If the process ends between two
 * renames there is only that one. With `isPassing` nothing is waited for that only matters when the power is cut.
 *
 * Done by hand: the npm package write-file-atomic does not notice when a full disk cuts a write short,
 * and renames the cut file over the good one. A file handle's `writeFile` writes until all is out.
 *
 * @throws OutputError when the disk is full or the path cannot be written
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  { keepPrevious = false, isPassing = false }: WriteOptions = {},
): Promise<void> {
  const folder = dirname(path);
  const partial = join(folder, `.${basename(path)}.${randomUUID()}.partial`);
  try {
    await makeFolder(folder, isPassing);
    try {
      await writeNew(partial, content, isPassing);
      if (keepPrevious) await tryRename(path, previousOf(path));
      await rename(partial, path);
      if (!isPassing) await syncFolder(folder);
    } catch (cause) {
      await rm(partial, { force: true });
      throw cause;
    }
  } catch (cause) {
    throw asOutputError(path, cause);
  }
}

/**
 * Makes the folder if need be and writes a small file into it, as a proof that it takes files. Access
 * bits are no proof: they say yes to the superuser even where the disk is read-only or full.
 *
 * @throws OutputError when it does not
 */
export async function ensureWritable(dir: string): Promise<void> {
  const probe = join(dir, `.${randomUUID()}.probe`);
  try {
    await makeFolder(dir);
    try {
      await writeNew(probe, 'taskgrad');
    } finally {
      await rm(probe, { force: true });
    }
  } catch (cause) {
    throw asOutputError(dir, cause);
  }
}

/**
 * Reads a JSON file and checks it against a schema.
 * @throws DataError that names the file and the first field that does not fit
 */
export async function readJson<T>(path: string, schema: ZodType<T>): Promise<T> {
  return checkJson(path, parseJson(path, await readText(path)), schema);
}

/** Checks what was read from a JSON file. @throws DataError as `readJson` */
export function checkJson<T>(path: string, value: unknown, schema: ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new DataError('DATA_FORMAT', {
    file: path,
    field: issue.path.length === 0 ? undefined : `field ${fieldName(issue.path)}`,
    expected: issue.message.replace(/^[^:]*: expected /, '').replace(/, received .*$/, ''),
    found: describe(valueAt(value, issue.path)),
  });
}

/**
 * Node's own recursive mkdir never ends in a folder that answers ENOENT to every new one, as /proc
 * does.
 */
async function makeFolder(path: string, isPassing = false): Promise<void> {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeFolder(dirname(path), isPassing);
  try {
    await mkdir(path);
    if (!isPassing) await syncFolder(dirname(path));
  } catch (cause) {
    // Another writer may have made it in between.
    if (!(await isFolder(path))) throw cause;
  }
}

/** Has the system write a folder's names down: a rename may otherwise be lost with the power. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return; // folders cannot be opened there
  try {
    const folder = await open(path);
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    // One may write into folders that one may not read, and some network file systems have no such thing.
    if (!['EACCES', 'EPERM', 'EINVAL', 'ENOTSUP'].includes(systemCode(cause) ?? '')) throw cause;
  }
}

/** Whether there was a file to rename. */
export async function tryRename(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return false;
    throw asOutputError(to, cause);
  }
}

/** Gives a folder a name, unless there is a folder of that name with something in it. Whether it has the name now. */
export async function renameFolder(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    const code = systemCode(cause) ?? '';
    if (code === 'ENOENT') return false; // another process removed what was to be renamed
    // Windows says EPERM where others say what is.
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(code) && (await isFolder(to))) return false;
    throw asOutputError(to, cause);
  }
}

export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

async function writeNew(path: string, content: Uint8Array | string, isPassing = false): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    if (!isPassing) await file.sync();
  } finally {
    await file.close();
  }
}

/** System errors become an OutputError; anything else is a defect and passes as it is. */
export function asOutputError(path: string, cause: unknown): unknown {
  const code = systemCode(cause);
  return code === undefined ? cause : new OutputError(path, code, { cause });
}

/** The system's own code of an error, such as ENOENT. */
export function systemCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'syscall' in cause && 'code' in cause ? String(cause.code) : undefined;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = systemCode(cause);
    if (code === undefined) throw cause;
    const [kind, found] =
      code === 'ENOENT' ? (['DATA_MISSING', 'no such file'] as const) : (['DATA_UNREADABLE', code] as const);
    throw new DataError(kind, { file: path, expected: 'a readable JSON file', found }, { cause });
  }
}

/** @throws DataError that names the file */
export function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message.replaceAll('\n', ' ') : String(cause);
    throw new DataError('DATA_FORMAT', { file: path, expected: 'JSON', found }, { cause });
  }
}

/** `['rounds', 2, 'score']` as `rounds[2].score`. */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== 'object' || inner === null) return undefined;
    inner = Reflect.get(inner, key);
  }
  return inner;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
