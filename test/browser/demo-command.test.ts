import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TaskgradError } from '../../runtime/errors';
import { type DemoServer, serveDemo } from '../../src/cli/demo/server';
import { DataError } from '../../src/data/errors';
import { parseIdx } from '../../src/data/idx';
import { loadMnistFrom } from '../../src/web/engine/mnist-stream';
import { demoData } from '../soak/doors/demo-data';
import { serveFiles } from './server';

const SIZE = 28 * 28;
const dataset = demoData();

let folder: string;
let server: DemoServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskgrad-page-'));
  await writeFile(join(folder, 'index.html'), '<title>a page</title>');
  server = await serveDemo({ port: 0, folder, dataset });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe('the demo’s server', () => {
  test('serves the page to this machine only, and lets it ask nothing of others', async () => {
    const { hostname } = new URL(server.url);
    expect(hostname).toBe('127.0.0.1');
    const response = await fetch(server.url);
    expect(await response.text()).toBe('<title>a page</title>');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect((await fetch(`${server.url}nothing`)).status).toBe(404);
    expect((await fetch(`${server.url}../package.json`)).status).toBe(404);
  });

  test('serves the data set as gzipped IDX files', async () => {
    const response = await fetch(`${server.url}data/t10k-images-idx3-ubyte.gz`);
    const { shape, data } = parseIdx(gunzipSync(await response.arrayBuffer()), 'test');
    expect(shape).toEqual([50, 28, 28]);
    expect(data).toEqual(dataset.test.images);
  });

  test('says so when its port is taken', async () => {
    const port = Number(new URL(server.url).port);
    const again = serveDemo({ port, folder, dataset });
    await expect(again).rejects.toThrow(TaskgradError);
    await expect(again).rejects.toThrow(`port ${port} is in use; choose another with --port`);
  });
});

describe('the page’s reader', () => {
  test('takes the first images of a file and leaves the rest where it is', async () => {
    const seen: number[] = [];
    const found = await loadMnistFrom({
      from: `${server.url}data/`,
      train: 37,
      test: 1000,
      onProgress: (received, total) => seen.push(received / total),
    });
    expect(found.train.images).toEqual(dataset.train.images.slice(0, 37 * SIZE));
    expect(found.train.labels).toEqual(dataset.train.labels.slice(0, 37));
    expect(found.test.images).toEqual(dataset.test.images); // it has no more
    expect(found.test.labels).toEqual(dataset.test.labels);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test.each([
    ['that is damaged', gzipSync(Buffer.alloc(5000, 7)).fill(0xff, 12, 20), /expected a whole gzip file/],
    [
      'that is cut',
      gzipSync(Buffer.from([0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 2])).subarray(0, 14),
      /expected a whole gzip file/,
    ],
    ['of three bytes', gzipSync(Buffer.from([0, 0, 8])), /expected at least 4 bytes of header/],
  ])('refuses a file %s in our own words', async (_, file, said) => {
    const other = await serveFiles();
    try {
      for (const name of ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'])
        other.put(`/${name}-ubyte.gz`, { type: 'application/gzip', body: file });
      const from = `${other.origin}/`;
      const load = loadMnistFrom({ from, train: 1, test: 1, onProgress: () => undefined });
      await expect(load).rejects.toThrow(DataError);
      await expect(load).rejects.toThrow(said);
    } finally {
      await other.close();
    }
  });

  test('says what to do when there is no such file, or no server', async () => {
    const load = (from: string) => loadMnistFrom({ from, train: 1, test: 1, onProgress: () => undefined });
    await expect(load(`${server.url}elsewhere/`)).rejects.toThrow(
      /status 404.*Is `taskgrad demo` still running/,
    );
    await expect(load('http://127.0.0.1:9/')).rejects.toThrow(/expected an answer from the server/);
  });
});
