import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Job, type Lease, run, type Store } from '../../src/experiment/public.node';
import { type Bundled, bundled } from '../suite/bundled';
import { type StorePlace, type StoreUnderTest, storeAt } from './store-place';
import { digest, gpu } from './store-worker';

export const keyOf = (name: string): string => createHash('sha256').update(name).digest('hex');
const madeOf = (key: string, more: object = {}) => ({
  ...{ key, kind: 'test', version: 1, adapter: 'lavapipe', inputs: {}, value: 7, seconds: 1.5 },
  ...more,
});

/** Does a job by hand. */
export async function put(store: Store, key: string, files: Record<string, string> = {}, more: object = {}) {
  const lease = await leased(store, key);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(lease.folder, name)), { recursive: true });
    await writeFile(join(lease.folder, name), content);
  }
  await lease.finish(madeOf(key, more), Object.keys(files));
}

export async function leased(store: Store, key: string, uses?: readonly string[]): Promise<Lease> {
  const lease = await store.lease(key, uses);
  if (!lease) throw new Error(`no lease of ${key}`);
  return lease;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** What every store does, whatever it is made of. */
export function testStore({ places, spoil, isShared }: StoreUnderTest): void {
  const key = keyOf('a job');
  let near: StorePlace;
  let far: StorePlace;
  let program: Bundled;
  const children = new Set<ChildProcess>();
  beforeAll(async () => {
    program = await bundled(`
      import { act } from './test/experiment/store-worker';
      await act(...process.argv.slice(2));
    `);
  });
  afterAll(() => program.remove());
  beforeEach(async () => {
    [near, far] = await places();
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
  });

  async function actor(what: string, place: StorePlace, ...rest: string[]) {
    const child = fork(program.file, [what, JSON.stringify(place), ...rest]);
    children.add(child);
    const ended = once(child, 'exit').then(([code]) => [new Error(`${what} ended with code ${code}`)]);
    const [message] = await Promise.race([once(child, 'message'), ended]);
    if (message instanceof Error) throw message;
    return { message: message as unknown, child };
  }

  test('keeps what a job has made, for all who use it', async () => {
    const files = { 'net.bin': 'weights', 'logs/a+b (1) ä.txt': 'text' };
    await put(storeAt(near), key, files, { inputs: { of: [1, 'ä'] } });
    const found = await storeAt(far).read(key);
    expect(found).toMatchObject({ key, kind: 'test', inputs: { of: [1, 'ä'] }, value: 7, seconds: 1.5 });
    for (const [name, content] of Object.entries(files)) {
      expect(await readFile(join(found?.folder ?? '', name), 'utf8')).toBe(content);
    }
    expect(found?.files.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['net.bin', 7],
      ['logs/a+b (1) ä.txt', 4],
    ]);
  });

  test('knows nothing of what is not there, and of what was removed', async () => {
    const store = storeAt(near);
    expect(await store.read(key)).toBe(undefined);
    expect(await store.check(key)).toBe(undefined);
    await put(store, key, { a: '1' });
    await storeAt(far).remove(key);
    expect(await store.read(key)).toBe(undefined);
    expect(await all(store.entries())).toEqual([]);
  });

  test('lists artefacts, and finds one that is spoilt only by a look at its bytes', async () => {
    const store = storeAt(near);
    const [whole, bad] = [keyOf('whole'), keyOf('bad')];
    await put(store, whole, { a: '1' });
    await put(store, bad, { a: '2' });
    await spoil(near, bad, '3');
    const entries = await all(storeAt(far).entries());
    expect(entries.map((entry) => entry.key)).toEqual([whole, bad].sort());
    expect(await storeAt(far).check(whole)).toBe(undefined);
    expect(await storeAt(far).check(bad)).toMatch(/expected SHA-256/);
  });

  test('puts a damaged artefact aside, and takes a new one', async () => {
    await put(storeAt(near), key, { a: 'right' });
    await spoil(near, key, 'wrong');
    const said: string[] = [];
    const store = storeAt(far, (text) => said.push(text));
    expect(await store.read(key)).toBe(undefined);
    expect(said).toEqual([expect.stringMatching(/expected SHA-256 .* The artefact is in .*damaged/)]);
    await put(store, key, { a: 'right' });
    expect(await storeAt(near).check(key)).toBe(undefined);
  });

  test('gives a job to one process at a time, of two that race for twenty', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => keyOf(`job ${i}`));
    const at = String(Date.now() + 1200);
    const actors = await Promise.all([near, far].map((place) => actor('race', place, at, ...keys)));
    const got = actors.map(({ message }) => message as string[]);
    expect(got.flat().toSorted()).toEqual(keys.toSorted());
  });

  test('gives the job of a process that was killed to another, from where it was saved', async () => {
    const { child } = await actor('hold', near, key);
    expect(await storeAt(far).lease(key)).toBe(undefined);
    expect(await all(storeAt(far).leases())).toEqual([{ key, uses: ['e'.repeat(64)] }]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await all(storeAt(far).leases())).toEqual([]);
    const next = await leased(storeAt(far), key);
    expect(await readFile(join(next.folder, 'at'), 'utf8')).toBe(isShared ? 'not saved' : 'saved');
    await next.finish(madeOf(key), ['at']);
    expect((await storeAt(near).read(key))?.files).toHaveLength(1);
  });

  test('goes on on the same machine from what was not saved either', async () => {
    const { child } = await actor('hold', near, key);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const next = await leased(storeAt(near), key);
    expect(await readFile(join(next.folder, 'at'), 'utf8')).toBe('not saved');
    await next.release();
  });

  test('goes on from what was saved last, from machine to machine', async () => {
    for (const [i, place] of [near, far, near, far].entries()) {
      const lease = await leased(storeAt(place), key);
      const before = await readFile(join(lease.folder, 'at'), 'utf8').catch(() => '0');
      expect(before).toBe(String(i));
      await writeFile(join(lease.folder, 'at'), String(i + 1));
      await writeFile(join(lease.folder, `only ${i}`), '');
      await lease.saved();
      await lease.release();
    }
    const last = await leased(storeAt(near), key);
    expect((await readdir(last.folder)).filter((name) => name.startsWith('only'))).toHaveLength(4);
    await put(storeAt(far), keyOf('another'));
    await last.release();
  });

  test('sweeps what nobody does, and what was put aside, but nothing that is young or held', async () => {
    const store = storeAt(near);
    const [left, held] = [keyOf('left'), keyOf('held')];
    await put(store, key, { a: '1' });
    await spoil(near, key, '2');
    expect(await storeAt(far).read(key)).toBe(undefined);
    const lease = await leased(store, left);
    await writeFile(join(lease.folder, 'at'), '1');
    await lease.saved();
    await lease.release();
    await leased(store, held);
    const later = new Date(Date.now() + 10_000);
    expect(await all(store.sweep(new Date(Date.now() - 10_000)))).toEqual([]);
    const found = await all(store.sweep(later, true));
    expect(found.some(({ name }) => name.includes(left))).toBe(true);
    expect(found.some(({ name }) => name.includes('damaged') && name.includes(key))).toBe(true);
    expect(found.some(({ name }) => name.includes(held))).toBe(false);
    expect(await all(store.sweep(later, true))).toEqual(found);
    expect((await all(store.sweep(later))).length).toBe(found.length);
    expect(await all(store.sweep(later))).toEqual([]);
    expect(await all(store.leases())).toEqual([{ key: held, uses: [] }]);
  });

  test('gives the same through worker processes as in this one, bit for bit', async () => {
    const plan = async (job: Job) => {
      const first = await Promise.all([1, 2, 3, 4].map((of) => job(digest, { of, on: [] })));
      const last = await job(digest, { of: 5, on: first });
      const made = [...first, last];
      const files = made.map(async ({ key, value, file }) => {
        return { key, value, bytes: await readFile(file('bytes.bin'), 'hex') };
      });
      return Promise.all(files);
    };
    const [other] = await places();
    const alone = await run(plan, { store: storeAt(other), gpu });
    const workers = { count: 2, file: program.file, args: ['serve', JSON.stringify(near)] };
    expect(await run(plan, { store: storeAt(far), workers })).toEqual(alone);
  });
}
