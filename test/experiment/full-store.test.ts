import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { folderStore } from '../../src/experiment/public.node';
import { SmallDisk } from './small-disk';
import { keyOf, leased } from './store-suite';

const key = keyOf('a job');
const made = { key, kind: 'test', version: 1, adapter: 'lavapipe', inputs: {}, value: 7, seconds: 1 };

const disk = new SmallDisk();
afterAll(() => disk.remove());

describe.skipIf(!disk.isMounted)('a store on a disk that is full (needs the right to mount one)', () => {
  afterEach(() => disk.free());

  test('says so, leaves what the job has made, and takes it once there is room', async () => {
    const store = folderStore(join(disk.path, 'store'));
    const lease = await leased(store, key);
    await writeFile(join(lease.folder, 'net.bin'), 'weights');
    await disk.fill();
    const full = { trouble: 'full', message: expect.stringMatching(/no space is left.*taskgrad store gc/) };
    await expect(lease.finish(made, ['net.bin'])).rejects.toMatchObject(full);
    expect((await readdir(lease.folder)).toSorted()).toEqual(['hold', 'net.bin']);
    expect(await readFile(join(lease.folder, 'net.bin'), 'utf8')).toBe('weights');
    expect(await store.read(key)).toBe(undefined);
    await disk.free();
    await lease.finish(made, ['net.bin']);
    expect(await store.check(key)).toBe(undefined);
    expect((await store.read(key))?.value).toBe(7);
  });

  test('gives no lease', async () => {
    await disk.fill();
    const store = folderStore(join(disk.path, 'another'));
    await expect(store.lease(key)).rejects.toMatchObject({ trouble: 'full' });
  });
});
