import { createHash } from 'node:crypto';
import { createReadStream, existsSync, type Stats } from 'node:fs';
import { lstat, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { extract } from 'tar-fs';

export const ICD = 'vk_swiftshader_icd.json';
export const LOADER = 'libvulkan.so.1';
/** All that is loaded. The archive has more, for browsers. */
const FILES = [ICD, LOADER, 'libvk_swiftshader.so'];
const SUMS = 'sha256.json';
const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_OTHERS = 0o002;
const STICKY = 0o1000;

/**
 * Has the files of an archive in a folder, whole and this user's own: they are going to be run. What is there is held
 * against the sums that were taken when it was unpacked, and unpacked again if it is not the same: the kernel ends a
 * process that runs into the end of a cut library.
 * @throws Error if others can write into the folder, or it cannot be written
 */
export async function haveFiles(archive: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  await mkdir(folder, { mode: 0o700 }).catch((cause) => {
    if (!existsSync(folder)) throw cause;
  });
  checkParent(dirname(folder), await lstat(dirname(folder)));
  checkOwn(folder, await lstat(folder));
  if (!(await areWhole(folder))) await unpack(archive, folder);
}

async function areWhole(folder: string): Promise<boolean> {
  try {
    const sums: unknown = JSON.parse(await readFile(join(folder, SUMS), 'utf8'));
    for (const name of FILES) {
      const path = join(folder, name);
      const found = await lstat(path);
      const own = found.isFile() && found.uid === process.getuid?.() && !isWritable(found);
      if (!own || (await sumOf(path)) !== Reflect.get(Object(sums), name)) return false;
    }
    return true;
  } catch {
    return false; // missing, or cut
  }
}

/** Each file takes its place by itself, the sums last. Another process that does the same has the same files. */
async function unpack(archive: string, folder: string): Promise<void> {
  const beside = await mkdtemp(join(folder, 'new-'));
  try {
    const wanted = (path: string) => path === beside || FILES.includes(path.slice(beside.length + 1));
    // A superuser's files would else belong to whoever packed them.
    const mine = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const target = extract(beside, {
      ignore: (path) => !wanted(path),
      map: (header) => ({ ...header, ...mine, mode: header.mode & 0o700 }),
    });
    await pipeline(createReadStream(archive), createBrotliDecompress(), target);
    const sums = Object.fromEntries(
      await Promise.all(FILES.map(async (name) => [name, await sumOf(join(beside, name))] as const)),
    );
    await writeFile(join(beside, SUMS), JSON.stringify(sums, null, 2), { mode: 0o600 });
    for (const name of [...FILES, SUMS]) await rename(join(beside, name), join(folder, name));
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const isWritable = ({ mode }: Stats): boolean => (mode & (WRITABLE_BY_GROUP | WRITABLE_BY_OTHERS)) !== 0;

/** A library that is loaded from it does what its writer wants. */
function checkOwn(folder: string, found: Stats): void {
  if (!found.isDirectory()) throw new Error(`${folder} is no folder; remove it`);
  const owned = found.uid === process.getuid?.();
  if (owned && !isWritable(found)) return;
  const whose = owned ? 'can be written by others' : 'belongs to another user';
  throw new Error(`${folder} ${whose}, who could put any program there; remove it`);
}

/** Who can write here could put another folder in the place of ours. A group of one's own is no one else's. */
function checkParent(folder: string, { mode, gid }: Stats): void {
  const others = (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0;
  const group = (mode & WRITABLE_BY_GROUP) !== 0 && gid !== process.getgid?.();
  if (others || group)
    throw new Error(`${folder} can be written by others; take that right away with chmod go-w`);
}
