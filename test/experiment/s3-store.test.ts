import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bucket } from '../../src/experiment/s3/bucket.node';
import type { S3StoreTimes } from '../../src/experiment/s3/store.node';
import { Ceph, hasCeph } from './ceph';
import { cable } from './redis';
import { storeAt } from './store-place';
import { all, keyOf, leased, put, testStore } from './store-suite';

const BUCKET = 'tests';

describe.skipIf(!hasCeph)('a store in a bucket (needs radosgw, ceph-mon and ceph-osd)', () => {
  let root: string;
  let ceph: Ceph;
  let count = 0;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'taskgrad-s3-store-'));
    ceph = new Ceph(await mkdtemp(join(root, 'ceph-')));
    await ceph.start();
    await bucketAt('').put('', '');
  });
  afterAll(async () => {
    await ceph.stop();
    await rm(root, { recursive: true, force: true });
  });

  const bucketAt = (prefix: string, more: { page?: number; url?: string } = {}) =>
    new Bucket({
      ...{ name: 'tests', url: `${ceph.endpoint}/${BUCKET}`, region: 'us-east-1', prefix },
      ...{ credentials: async () => ceph.credentials, stays: 'what jobs have made stays here', ...more },
    });
  const place = (prefix: string, machine: string, more: S3StoreTimes & { endpoint?: string } = {}) => ({
    s3: {
      ...{ bucket: BUCKET, prefix, endpoint: ceph.endpoint, credentials: ceph.credentials },
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
    const credentials = { ...ceph.credentials, secretAccessKey: 'another' };
    await expect(storeAt({ s3: { ...s3, credentials } }).read(key)).rejects.toThrow(
      /^store s3:\/\/tests: the server refuses to read artefacts.*status 403, SignatureDoesNotMatch.*must allow s3:GetObject/,
    );
    await expect(storeAt({ s3: { ...s3, bucket: 'no-such' } }).read(key)).rejects.toThrow(
      /NoSuchBucket.*make the bucket first/,
    );
  });
});
