import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { garbage } from '../../src/cli/store/garbage';
import { isListed } from '../../src/cli/store/list';
import { Bucket } from '../../src/experiment/s3/bucket.node';
import type { S3StoreTimes } from '../../src/experiment/s3/store.node';
import { Ceph, credentialsOf, hasCeph } from './ceph';
import { cable } from './redis';
import { SmallDisk } from './small-disk';
import { storeAt } from './store-place';
import { all, keyOf, leased, put, testStore } from './store-suite';

const BUCKET = 'tests';
const credentials = credentialsOf('tests');

describe.skipIf(!hasCeph)('a store in a bucket (needs radosgw, ceph-mon and ceph-osd)', () => {
  let root: string;
  let ceph: Ceph;
  let count = 0;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'taskgrad-s3-store-'));
    ceph = new Ceph(await mkdtemp(join(root, 'ceph-')));
    await ceph.start();
    await ceph.addUser('tests');
    await bucketAt('').put('', '');
  });
  afterAll(async () => {
    await ceph.stop();
    await rm(root, { recursive: true, force: true });
  });

  const bucketAt = (prefix: string, more: { page?: number; url?: string } = {}) =>
    new Bucket({
      ...{ name: 'tests', url: `${ceph.endpoint}/${BUCKET}`, region: 'us-east-1', prefix },
      ...{ credentials: async () => credentials, stays: 'what jobs have made stays here', ...more },
    });
  const place = (prefix: string, machine: string, more: S3StoreTimes & { endpoint?: string } = {}) => ({
    s3: {
      ...{ bucket: BUCKET, prefix, endpoint: ceph.endpoint, credentials },
      ...{ cache: join(root, machine), ...more },
    },
  });
  const newPrefix = () => `store-${++count}/in a folder`;

  testStore({
    isShared: false,
    places: async () => {
      const prefix = newPrefix();
      return [place(prefix, 'near'), place(prefix, 'far')];
    },
    spoil: async (at, key, content) => {
      if (!('s3' in at)) return;
      const bucket = bucketAt(`${at.s3.prefix}/`);
      for await (const object of bucket.list(`artefacts/${key}/`)) {
        if (!object.key.endsWith('/job.json')) await bucket.put(object.key, content);
      }
    },
  });

  const key = keyOf('a job');

  test('lists all objects, however many a page has', async () => {
    const bucket = bucketAt('pages/', { page: 2 });
    const names = ['a b', 'a+b', 'a&b', 'b/%41', 'ä'];
    for (const name of names) await bucket.put(name, name);
    const listed = await all(bucket.list(''));
    expect(listed.map(({ key }) => key).toSorted()).toEqual(names.toSorted());
    expect(listed.map(({ bytes }) => bytes).toSorted()).toEqual([2, 3, 3, 3, 5]);
  });

  test('takes over from another machine that has been silent, and not before', async () => {
    const prefix = newPrefix();
    const other = await leased(storeAt(place(prefix, 'near')), key);
    const bucket = bucketAt(`${prefix}/`);
    const [hold] = await all(bucket.list(`work/${key}`));
    const text = new TextDecoder().decode(await bucket.get(hold.key));
    await bucket.put(hold.key, JSON.stringify({ ...JSON.parse(text), host: 'elsewhere' }));
    expect(await storeAt(place(prefix, 'far')).lease(key)).toBe(undefined);
    await wait(1500); // the server tells its time in whole seconds
    const next = await leased(storeAt(place(prefix, 'far', { staleMs: 300 })), key);
    await other.saved();
    expect(other.lost.aborted).toBe(true);
    await next.saved();
    expect(next.lost.aborted).toBe(false);
  });

  test('waits out a network that is cut', async () => {
    const line = await cable(ceph.port);
    const store = storeAt(place(newPrefix(), 'near', { endpoint: `http://127.0.0.1:${line.port}` }));
    await store.read(key);
    line.cut();
    setTimeout(line.mend, 700);
    await put(store, key, { a: '1' });
    expect(await store.check(key)).toBe(undefined);
    line.close();
  });

  test('says so where the credentials are wrong, or the bucket is not there', async () => {
    const { s3 } = place('', 'near');
    const wrong = { ...credentials, secretAccessKey: 'another' };
    await expect(storeAt({ s3: { ...s3, credentials: wrong } }).read(key)).rejects.toThrow(
      /^store s3:\/\/tests: the server refuses to read artefacts.*status 403, SignatureDoesNotMatch.*must allow s3:GetObject/,
    );
    await expect(storeAt({ s3: { ...s3, bucket: 'no-such' } }).read(key)).rejects.toThrow(
      /NoSuchBucket.*make the bucket first/,
    );
  });

  test('leaves what a job has made where it is while its owner has no room left, and takes it after that', async () => {
    await ceph.addUser('poor');
    const { s3 } = place('', 'near');
    const poor = { s3: { ...s3, bucket: 'poor', credentials: credentialsOf('poor') } };
    const url = `${ceph.endpoint}/poor`;
    await new Bucket({
      ...{ name: 'poor', url, region: 'us-east-1', prefix: '', stays: 'nothing' },
      credentials: async () => credentialsOf('poor'),
    }).put('', '');
    await ceph.allow('poor', 2); // who does the job, and that the server heeds conditions
    const lease = await leased(storeAt(poor), key);
    await writeFile(join(lease.folder, 'net.bin'), 'weights');
    const made = { key, kind: 'test', version: 1, adapter: 'lavapipe', inputs: {}, value: 7, seconds: 1 };
    const full = {
      trouble: 'full',
      message: expect.stringMatching(/QuotaExceeded.*it is full: free some space/),
    };
    await expect(lease.saved()).rejects.toMatchObject(full);
    await expect(lease.finish(made, ['net.bin'])).rejects.toMatchObject(full);
    expect(await readFile(join(lease.folder, 'net.bin'), 'utf8')).toBe('weights');
    expect(await storeAt(poor).read(key)).toBe(undefined);
    await ceph.allow('poor');
    await lease.finish(made, ['net.bin']);
    expect(await storeAt(poor).check(key)).toBe(undefined);
  });

  test('says so where this machine’s disk is full, and goes on once it is not', async () => {
    const disk = new SmallDisk();
    try {
      const prefix = newPrefix();
      await put(storeAt(place(prefix, 'near')), key, { a: '1' });
      const { s3 } = place(prefix, 'far');
      const store = storeAt({ s3: { ...s3, cache: join(disk.path, 'cache') } });
      if (disk.isMounted) {
        await disk.fill();
        await expect(store.read(key)).rejects.toMatchObject({ trouble: 'full' });
        await disk.free();
      }
      expect((await store.read(key))?.value).toBe(7);
    } finally {
      await rm(join(disk.path, 'cache'), { recursive: true, force: true });
      disk.remove();
    }
  });

  test('is cleared but for what a job under way builds on, on this machine too', async () => {
    const prefix = newPrefix();
    const store = storeAt(place(prefix, 'near'));
    const [net, cell] = ['net', 'cell'].map(keyOf);
    await put(store, net, { 'net.bin': 'weights' });
    await put(store, cell, {}, { inputs: { of: { $artefact: net } } });
    await put(store, key, { a: '1' });
    const folder = (await store.read(key))?.folder ?? '';
    const lease = await leased(store, keyOf('under way'), [cell]);
    const entries = (await all(store.entries())).filter(isListed);
    const found = garbage(entries, await all(store.leases()), { toSize: 0, withInputs: false });
    expect(found.map((entry) => entry.key)).toEqual([key]);
    await store.remove(key);
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
    expect((await all(storeAt(place(prefix, 'far')).entries())).map((entry) => entry.key)).toEqual(
      [net, cell].sort(),
    );
    await lease.release();
  });
});
