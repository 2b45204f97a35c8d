import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { defineKind, serve } from '../../src/experiment/public.node';
import type { Gpu } from '../../src/tensor/gpu';
import { type StorePlace, storeAt } from './store-place';

const bytesOf = (of: number): Buffer =>
  Buffer.concat(Array.from({ length: 100 }, (_, i) => createHash('sha512').update(`${of} ${i}`).digest()));

/** Bytes that follow from a number, and those of others. */
export const digest = defineKind({
  name: 'digest',
  version: 1,
  check: String,
  run: async ({ file }, { of, on }: { of: number; on: readonly { readonly value: string }[] }) => {
    const bytes = bytesOf(of);
    await writeFile(file('bytes.bin'), bytes);
    const hash = createHash('sha256').update(bytes);
    for (const { value } of on) hash.update(value);
    return { value: hash.digest('hex'), files: ['bytes.bin'] };
  },
});

/** Jobs of these tests use no GPU. */
export const gpu = { adapter: { kind: 'lavapipe' } } as unknown as Gpu;

/** What a process does with a store: `serve` jobs; `race` for leases at a time; `hold` one and save on the way. */
export async function act(what: string, placeText: string, ...rest: string[]): Promise<void> {
  const place: StorePlace = JSON.parse(placeText);
  const store = storeAt(place);
  if (what === 'serve') return serve({ gpu, store, kinds: [digest] });
  if (what === 'race') {
    const [at, ...keys] = rest;
    await wait(Math.max(0, Number(at) - Date.now()));
    const leases = await Promise.all(keys.map((key) => store.lease(key)));
    process.send?.(keys.filter((_, i) => leases[i]));
    await wait(60_000);
  }
  const [key] = rest;
  const lease = await store.lease(key, ['e'.repeat(64)]);
  if (!lease) throw new Error('no lease');
  await writeFile(`${lease.folder}/at`, 'saved');
  await lease.saved();
  await writeFile(`${lease.folder}/at`, 'not saved');
  process.send?.('held');
  await wait(60_000);
}
