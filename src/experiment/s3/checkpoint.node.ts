import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { LEFT_OVER, tryRename, writeFileAtomic } from '../../data/files.node';
import { checkSum, isDamage, keptText, parseKept, sha256 } from '../../data/kept.node';
import { fileMissing, filesIn } from '../stored.node';
import type { Bucket, BucketObject } from './bucket.node';

/**
 * What the N-th holder of a job has saved: `work/KEY/saved-N` lists files, whose contents are in `work/KEY/content/`. Each
 * holder writes a list of its own, so that one that was thought gone spoils nothing; the list is written last.
 */
const savedKey = (key: string, n: number): string => `work/${key}/saved-${String(n).padStart(6, '0')}`;
const SAVED = /\/saved-(\d+)$/;
const contentKey = (key: string, sum: string): string => `work/${key}/content/${sum}`;

const savedFileSchema = z.strictObject({ name: z.string(), sha256: z.string() });
type SavedFile = z.infer<typeof savedFileSchema>;

/** How often to look for the list anew when a holder that is not gone has changed its files meanwhile. */
const LOOKS = 3;

/** Keeps a folder of the N-th holder in the bucket. */
export class Checkpoints {
  readonly #bucket: Bucket;
  readonly #key: string;
  readonly #n: number;
  readonly #folder: string;
  /** What this holder has in the bucket. */
  #contents = new Set<string>();
  #isUsed = false;

  constructor(bucket: Bucket, key: string, n: number, folder: string) {
    this.#bucket = bucket;
    this.#key = key;
    this.#n = n;
    this.#folder = folder;
  }

  /** Whether anything was saved. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Writes what has changed since the last time. */
  async save(): Promise<void> {
    this.#isUsed = true;
    const names = (await filesIn(this.#folder)).filter((name) => !LEFT_OVER.test(basename(name)));
    const files: SavedFile[] = [];
    const contents = new Set<string>();
    for (const name of names) {
      const bytes = await readFile(join(this.#folder, name));
      const sum = sha256(bytes);
      const isThere = this.#contents.has(sum) || contents.has(sum);
      if (!isThere) await this.#bucket.put(contentKey(this.#key, sum), bytes);
      contents.add(sum);
      files.push({ name, sha256: sum });
    }
    await this.#bucket.put(savedKey(this.#key, this.#n), keptText(files));
    const old = [...this.#contents].filter((sum) => !contents.has(sum));
    this.#contents = contents;
    await Promise.all(old.map((sum) => this.#bucket.remove(contentKey(this.#key, sum))));
  }
}

/**
 * Brings what earlier holders have saved into the folder of the N-th: what lies on this machine, unless another one has come
 * further.
 * @param work folder of the job on this machine, with one for each holder
 */
export async function restore(bucket: Bucket, key: string, work: string, n: number): Promise<void> {
  const own = join(work, String(n));
  const here = (await readdir(work).catch(() => [])).map(Number).filter((m) => m < n);
  const saved = await lastSaved(bucket, key);
  const last = Math.max(0, ...here);
  const isHere = last > 0 && last >= (saved?.n ?? 0);
  if (isHere) await tryRename(join(work, String(last)), own);
  else await download(bucket, key, own);
  for (const m of here) await rm(join(work, String(m)), { recursive: true, force: true });
}

interface Saved {
  readonly n: number;
  readonly object: BucketObject;
}

async function lastSaved(bucket: Bucket, key: string): Promise<Saved | undefined> {
  let last: Saved | undefined;
  for await (const object of bucket.list(`work/${key}/saved-`)) {
    const n = Number(SAVED.exec(object.key)?.[1] ?? 0);
    if (n > (last?.n ?? 0)) last = { n, object };
  }
  return last;
}

/** A checkpoint that is not whole is none: the job begins anew. */
async function download(bucket: Bucket, key: string, folder: string): Promise<void> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const saved = await lastSaved(bucket, key);
    if (!saved) return;
    try {
      for (const file of await listAt(bucket, saved.object.key)) {
        await writeFileAtomic(join(folder, file.name), await contentOf(bucket, key, file));
      }
      return;
    } catch (error) {
      if (!isDamage(error)) throw error;
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function listAt(bucket: Bucket, at: string): Promise<readonly SavedFile[]> {
  const list = await bucket.get(at);
  if (!list) throw fileMissing(at);
  return parseKept(at, new TextDecoder().decode(list), z.array(savedFileSchema)).content;
}

async function contentOf(bucket: Bucket, key: string, { sha256: sum }: SavedFile): Promise<Uint8Array> {
  const at = contentKey(key, sum);
  const bytes = await bucket.get(at);
  if (!bytes) throw fileMissing(at);
  checkSum(at, 'content', sum, bytes);
  return bytes;
}
