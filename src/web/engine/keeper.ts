import { clear, createStore, del, get, set, type UseStore } from 'idb-keyval';
import type { Keeping } from '../protocol';
import type { Tell } from './tell';

/** Of the records. Those of another version are dropped. */
const VERSION = 1;
const LOCK = 'taskgrad.work';
/** A page that is loaded again may come before the one that it replaces has gone. */
const LOCK_MS = 1500;

/** What is kept, and what a person calls it. */
export const NAMES = {
  run: 'the training run',
  matrix: 'the distances',
  ink: 'the drawing',
  search: 'a search',
  comparison: 'what a search was compared with',
  linked: 'the cell of a link',
  'own pictures': 'your pictures',
  'own network': 'the network of your pictures',
  'own measured': 'what was measured of your pictures',
} as const;
/** A record's name; searches and comparisons have one for each task. */
export type RecordName =
  | Exclude<keyof typeof NAMES, 'search' | 'comparison'>
  | `search ${string}`
  | `comparison ${string}`;

interface KeptRecord {
  readonly version: number;
  readonly value: unknown;
}

/**
 * The page's work in the browser's IndexedDB. A record is written in one transaction: it is there as a whole or as it was
 * before. Where there is no IndexedDB, or another tab of the page uses it, nothing is kept.
 */
export class Keeper {
  private constructor(
    private readonly store: UseStore | undefined,
    /** Of what the work is: other images and other networks have records of their own. */
    private readonly of: string,
    private readonly tell: Tell,
  ) {}

  static async open(of: string, tell: Tell): Promise<Keeper> {
    const { keeping, store } = await openStore();
    tell({ type: 'keeping', keeping });
    return new Keeper(store, of, tell);
  }

  /**
   * A record, if there is one that is whole. One that is not is dropped, and it is said.
   * @param check makes the value of it; throws what is wrong with it
   */
  async read<T>(name: RecordName, check: (value: unknown) => T | Promise<T>): Promise<T | undefined> {
    if (!this.store) return undefined;
    try {
      const record = await get<KeptRecord>(this.key(name), this.store);
      if (record === undefined) return undefined;
      if (record.version !== VERSION) throw new Error('it is of another version of this page');
      return await check(record.value);
    } catch (error) {
      const [kind] = name.split(' ');
      const what = NAMES[(name in NAMES ? name : kind) as keyof typeof NAMES];
      const why = error instanceof Error ? error.message : String(error);
      this.tell({ type: 'notice', text: `What this browser kept of ${what} was dropped: ${why}` });
      this.remove(name);
      return undefined;
    }
  }

  /** Writes a record; who asks does not wait for it. */
  write(name: RecordName, value: unknown): void {
    if (!this.store) return;
    const record: KeptRecord = { version: VERSION, value };
    set(this.key(name), record, this.store).catch(() => this.tell({ type: 'keeping', keeping: 'nowhere' }));
  }

  remove(name: RecordName): void {
    if (this.store) del(this.key(name), this.store).catch(() => undefined);
  }

  /** Forgets everything, of all images. */
  async clear(): Promise<void> {
    if (this.store) await clear(this.store);
  }

  private key(name: RecordName): string {
    return `${this.of}/${name}`;
  }
}

/** Once it is had, it is had for good, also where the page is opened again after a failure. */
let isOurs = false;

async function openStore(): Promise<{ keeping: Keeping; store?: UseStore }> {
  isOurs ||= await lock();
  if (!isOurs) return { keeping: 'elsewhere' };
  try {
    const store = createStore('taskgrad', 'work');
    await get('', store); // private windows may have the interface and refuse its use
    return { keeping: 'kept', store };
  } catch {
    return { keeping: 'nowhere' };
  }
}

/** Whether this page is the one that keeps its work; it is until it goes. */
function lock(): Promise<boolean> {
  const { locks } = navigator;
  if (!locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise<never>(() => undefined);
    };
    locks.request(LOCK, { signal: AbortSignal.timeout(LOCK_MS) }, held).catch(() => resolve(false));
  });
}
