import { readFile } from 'node:fs/promises';
import { TaskgradError } from '../../../runtime/errors';
import type { Leased, Listed, Store } from '../../experiment/store';
import { type Reporter, reporterFor } from '../progress';
import { sizeText } from './amounts';
import { bytesOf, garbage } from './garbage';
import { counted, isListed, short } from './list';
import { type StoreChoice, storePlace } from './place';
import { storeOf } from './store-of';

export interface CollectOptions extends StoreChoice {
  /** In milliseconds. */
  readonly olderThan?: number;
  readonly unusedBy?: readonly string[];
  /** In bytes. */
  readonly toSize?: number;
  readonly withInputs: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** What nobody has touched for so long is taken to be abandoned, unless --older-than says otherwise. */
const ABANDONED_MS = 7 * 24 * 3600_000;
const KEYS = /\b[0-9a-f]{64}\b/g;

/** `taskgrad store gc`: removes artefacts by the rules given, and what jobs have left that nobody does. */
export async function collectGarbage(options: CollectOptions): Promise<void> {
  const { olderThan, unusedBy, toSize, withInputs, dryRun } = options;
  const { say } = reporterFor(options);
  const store = storeOf(storePlace(options));
  const now = Date.now();
  const listed: Listed[] = [];
  for await (const entry of store.entries()) if (isListed(entry)) listed.push(entry);
  const used = unusedBy && (await keysNamed(unusedBy, listed, store));
  const leases: Leased[] = [];
  for await (const lease of store.leases()) leases.push(lease);
  const before = olderThan === undefined ? undefined : new Date(now - olderThan);
  const found = garbage(listed, leases, { before, used, toSize, withInputs });

  const word = dryRun ? 'would remove' : 'removed';
  let bytes = 0;
  for (const entry of found) {
    if (!dryRun) await store.remove(entry.key);
    bytes += bytesOf(entry);
    const { key, kind, at } = entry;
    say(`${word} ${short(key)}, ${kind}, of ${at}: ${sizeText(bytesOf(entry))}`, {
      ...{ event: dryRun ? 'removable' : 'removed', key, kind, at, bytes: bytesOf(entry) },
    });
  }
  const left = await sweep(store, before ?? new Date(now - ABANDONED_MS), dryRun, say);
  const event = { event: 'collected', store: store.name, dryRun, artefacts: found.length, bytes, left };
  const rest = left === 0 ? '' : `, and ${sizeText(left)} that jobs have left`;
  say(`${word} ${counted(found.length)} of ${listed.length}, ${sizeText(bytes)}${rest}`, event);
}

/** @returns how many bytes */
async function sweep(store: Store, before: Date, dryRun: boolean, say: Reporter['say']): Promise<number> {
  let total = 0;
  for await (const { name, bytes } of store.sweep(before, dryRun)) {
    total += bytes;
    const word = dryRun ? 'would remove' : 'removed';
    say(`${word} ${name}, which nobody has touched since ${before.toISOString()}: ${sizeText(bytes)}`, {
      ...{ event: dryRun ? 'removable' : 'removed', name, bytes },
    });
  }
  return total;
}

/** All keys of artefacts in files. @throws TaskgradError on a file that names none: by it everything would go */
async function keysNamed(
  files: readonly string[],
  listed: readonly Listed[],
  store: Store,
): Promise<string[]> {
  const known = new Set(listed.map(({ key }) => key));
  const keys: string[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    const named = [...text.matchAll(KEYS)].map(([key]) => key).filter((key) => known.has(key));
    if (named.length === 0) {
      const remedy = 'nothing was removed; name files that list keys, such as results.json of a run';
      throw new TaskgradError('STORE_UNUSED', `${file} names no artefact of ${store.name}; ${remedy}`);
    }
    keys.push(...named);
  }
  return keys;
}
