import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { folderStore } from '../../src/experiment/public.node';
import { keyOf, leased } from './store-suite';

const key = keyOf('a job');
const made = { key, kind: 'test', version: 1, adapter: 'lavapipe', inputs: {}, value: 7, seconds: 1 };

/** A disk that is soon full. Only the superuser of Linux can have one. */
const disk = mkdtempSync(join(tmpdir(), 'taskgrad-full-'));
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]).status === 0;

async function fill(): Promise<void> {
  const file = join(disk, 'filler');
  for (let kilobytes = 256; kilobytes > 0; kilobytes--) {
    const isWritten = await writeFile(file, Buffer.alloc(kilobytes * 1024)).then(
      () => true,
      () => false,
    );
    if (isWritten) return;
  }
}
const free = () => rm(join(disk, 'filler'), { force: true });

describe.skipIf(!isMounted)('a store on a disk that is full (needs the right to mount one)', () => {
  afterEach(free);
  afterAll(() => {
    spawnSync('umount', [disk]);
    rmdirSync(disk);
  });

  test('says so, leaves what the job has made, and takes it once there is room', async () => {
    const store = folderStore(join(disk, 'store'));
    const lease = await leased(store, key);
    await writeFile(join(lease.folder, 'net.bin'), 'weights');
    await fill();
    const full = { trouble: 'full', message: expect.stringMatching(/no space is left.*taskgrad store gc/) };
    await expect(lease.finish(made, ['net.bin'])).rejects.toMatchObject(full);
    expect((await readdir(lease.folder)).toSorted()).toEqual(['hold', 'net.bin']);
    expect(await readFile(join(lease.folder, 'net.bin'), 'utf8')).toBe('weights');
    expect(await store.read(key)).toBe(undefined);
    await free();
    await lease.finish(made, ['net.bin']);
    expect(await store.check(key)).toBe(undefined);
    expect((await store.read(key))?.value).toBe(7);
  });

  test('gives no lease', async () => {
    await fill();
    const store = folderStore(join(disk, 'another'));
    await expect(store.lease(key)).rejects.toMatchObject({ trouble: 'full' });
  });
});
