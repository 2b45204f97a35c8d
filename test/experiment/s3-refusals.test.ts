import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type S3StoreOptions, s3Store } from '../../src/experiment/public.node';
import { StoreError } from '../../src/experiment/store-error';
import { freePort } from './redis';
import { storeAt } from './store-place';
import { keyOf, leased } from './store-suite';

/** What a server answers to a request: a status, and a code of S3. */
type Says = (method: string, path: string) => readonly [status: number, code?: string];

const key = keyOf('a job');
const made = { key, kind: 'test', version: 1, adapter: 'lavapipe', inputs: {}, value: 7, seconds: 1 };
const NOT_THERE = [404, 'NoSuchKey'] as const;

let root: string;
let server: Server | undefined;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-s3-refusals-'));
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(root, { recursive: true, force: true });
});

const CREDENTIALS = { accessKeyId: 'me', secretAccessKey: 'secret' };
const options = (port: number) => ({
  ...{ bucket: 'tests', endpoint: `http://127.0.0.1:${port}`, credentials: CREDENTIALS, cache: root },
});

/** A store on a server that is made up: what real ones seldom say. */
async function storeThat(says: Says) {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const [status, code] = says(request.method ?? '', request.url ?? '');
      response
        .writeHead(status)
        .end(code && `<Error><Code>${code}</Code><Message>so it is</Message></Error>`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return storeAt({ s3: { ...options(port), tries: 3 } });
}

describe('a store in a bucket', () => {
  test.each([
    [507, 'InsufficientStorage'],
    [403, 'QuotaExceeded'],
    [507, 'XMinioStorageFull'],
  ])('that is full (%i, %s) leaves what a job has made where it is', async (status, code) => {
    let isFull = false;
    const store = await storeThat((method, path) => {
      if (method === 'GET') return NOT_THERE;
      if (path.endsWith('if-none-match')) return [412];
      return isFull && path.includes('artefacts') ? [status, code] : [200];
    });
    const lease = await leased(store, key);
    await writeFile(join(lease.folder, 'net.bin'), 'weights');
    isFull = true;
    const finished = lease.finish(made, ['net.bin']);
    await expect(finished).rejects.toThrow(StoreError);
    await expect(finished).rejects.toMatchObject({ trouble: 'full' });
    await expect(finished).rejects.toThrow(/^store s3:\/\/tests: .*it is full: free some space.*stays in/);
    await lease.release();
    expect(await readFile(join(lease.folder, 'net.bin'), 'utf8')).toBe('weights');
  });

  test('whose rights do not allow it to be written says which are needed', async () => {
    const store = await storeThat((method) => (method === 'GET' ? NOT_THERE : [403, 'AccessDenied']));
    await expect(store.lease(key)).rejects.toThrow(
      /refuses to write work\/if-none-match \(status 403, AccessDenied, so it is\).*s3:PutObject/,
    );
  });

  test('that does not heed If-None-Match is refused', async () => {
    const store = await storeThat((method) => (method === 'GET' ? NOT_THERE : [200]));
    await expect(store.lease(key)).rejects.toThrow(
      /writes over objects in spite of If-None-Match, so that two processes could take the same job; choose/,
    );
    const other = await storeThat((method) => (method === 'GET' ? NOT_THERE : [501, 'NotImplemented']));
    await expect(other.lease(key)).rejects.toMatchObject({ trouble: 'unfit' });
  });

  test('that is busy is asked again, and then given up', async () => {
    let asked = 0;
    const store = await storeThat(() => (++asked < 3 ? [503, 'SlowDown'] : NOT_THERE));
    expect(await store.read(key)).toBe(undefined);
    expect(asked).toBe(3);
    const busy = await storeThat(() => [503, 'SlowDown']);
    await expect(busy.read(key)).rejects.toThrow(
      /no good answer to read artefacts\/.* in 3 tries at http:\/\/127\.0\.0\.1:\d+\/tests \(status 503, SlowDown\)/,
    );
  });

  test('that is not there is named with its address', async () => {
    const store = storeAt({ s3: { ...options(await freePort()), tries: 2 } });
    await expect(store.read(key)).rejects.toMatchObject({ trouble: 'unreachable' });
    await expect(store.read(key)).rejects.toThrow(/ECONNREFUSED.*check the endpoint/);
  });

  test('without credentials says which variables to set', () => {
    const { credentials: _, ...rest } = options(1);
    expect(() => s3Store(rest)).toThrow(/set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
  });

  test.each([
    [{ bucket: 'a' }, "bucket is 'a', expected the name of a bucket"],
    [{ endpoint: 'minio:9000' }, 'expected an address such as https://minio.example.org:9000'],
    [{ prefix: 'team/../..' }, "expected a prefix such as 'team/one'"],
    [{ cache: undefined }, 'cache is missing, expected a text'],
  ])('is refused with %o', (wrong, message) => {
    expect(() => s3Store({ ...options(1), ...wrong } as S3StoreOptions)).toThrow(message);
  });

  test('gets credentials anew before they expire', async () => {
    let got = 0;
    const store = await storeThat(() => NOT_THERE);
    expect(await store.read(key)).toBe(undefined);
    const address = server?.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    for (const [lasts, times] of [
      [3600_000, 1],
      [1000, 2],
    ]) {
      got = 0;
      const credentials = async () => {
        got++;
        return { ...CREDENTIALS, expiration: new Date(Date.now() + lasts) };
      };
      const own = s3Store({ ...options(port), credentials });
      for (let i = 0; i < 2; i++) await own.read(key);
      expect(got).toBe(times);
    }
  });
});
