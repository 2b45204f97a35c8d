import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
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

  const NAMES = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'];
  /** The four files as a server sends them. */
  async function all(change: (bytes: Buffer, name: string) => Buffer): Promise<Map<string, Buffer>> {
    const read = async (name: string) => {
      const response = await fetch(`${server.url}data/${name}-ubyte.gz`);
      return [name, change(Buffer.from(await response.arrayBuffer()), name)] as const;
    };
    return new Map(await Promise.all(NAMES.map(read)));
  }
  async function loadFrom(files: ReadonlyMap<string, Buffer>, options = {}) {
    const other = await serveFiles();
    try {
      for (const [name, body] of files) other.put(`/${name}-ubyte.gz`, { type: 'text/plain', body });
      const onProgress = () => undefined;
      return await loadMnistFrom({ from: `${other.origin}/`, train: 20, test: 20, onProgress, ...options });
    } finally {
      await other.close();
    }
  }

  test('takes files that a host has unpacked on the way', async () => {
    const found = await loadFrom(await all((bytes) => gunzipSync(bytes)));
    expect(found.train.images).toEqual(dataset.train.images.slice(0, 20 * SIZE));
    expect(found.test.labels).toEqual(dataset.test.labels.slice(0, 20));
  });

  test.each([
    [
      'a page of HTML',
      () => Buffer.from('\n<!doctype html><title>Not found</title>'),
      /found a page of HTML\. Try/,
    ],
    ['an empty file', () => Buffer.alloc(0), /found an empty file/],
    ['another kind of file', () => Buffer.from('PK\x03\x04 and so on'), /found bytes 50 4b 03 04/],
    [
      'a cut file, unpacked',
      (b: Buffer) => gunzipSync(b).subarray(0, 27),
      /expected 36 bytes.*, found 27|expected \d+ bytes for 20 items/,
    ],
    [
      'labels in the place of images',
      () => gzipSync(Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 1, 2])),
      /\[N, height, width\]/,
    ],
  ])('refuses %s in one sentence', async (_, change, said) => {
    const files = await all((bytes, name) => (name.startsWith('train-images') ? change(bytes) : bytes));
    const load = loadFrom(files);
    await expect(load).rejects.toThrow(DataError);
    await expect(load).rejects.toThrow(said);
  });

  test('refuses as many labels as there are no images for', async () => {
    const two = gzipSync(Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 1, 2]));
    const files = await all((bytes, name) => (name.startsWith('t10k-labels') ? two : bytes));
    await expect(loadFrom(files)).rejects.toThrow('expected 20 labels, as many as images, found 2');
  });

  test.each([
    ['answers nothing', () => undefined],
    [
      'begins and stops',
      (response: ServerResponse) => response.writeHead(200).write(gzipSync('x').subarray(0, 5)),
    ],
  ])('says of a host that %s that nothing comes, and gives up after a while', async (_, answer) => {
    const stalls = createServer((_, response) => void answer(response));
    await new Promise<void>((resolve) => stalls.listen(0, '127.0.0.1', resolve));
    const { port } = stalls.address() as AddressInfo;
    const seen: number[] = [];
    try {
      const load = loadMnistFrom({
        from: `http://127.0.0.1:${port}/`,
        train: 1,
        test: 1,
        patienceMs: 1300,
        onProgress: () => undefined,
        onStall: (seconds) => seen.push(seconds),
      });
      await expect(load).rejects.toThrow(/expected more of it within 1.3 s, found nothing\. Try again/);
      expect(new Set(seen)).toEqual(new Set([1]));
    } finally {
      stalls.closeAllConnections();
      stalls.close();
    }
  });

  test('takes files that a person chose, packed or not, and names the one that is missing', async () => {
    const files = [
      ...(await all((bytes, name) => (name.startsWith('train') ? bytes : gunzipSync(bytes)))),
    ].map(([name, bytes]) => new File([new Uint8Array(bytes)], `${name.replace('-idx', '.idx')}-ubyte`));
    const load = (from: File[]) => loadMnistFrom({ from, train: 9, test: 9, onProgress: () => undefined });
    expect((await load(files)).test.images).toEqual(dataset.test.images.slice(0, 9 * SIZE));
    await expect(load(files.slice(1))).rejects.toThrow(
      'train-images-idx3-ubyte.gz: expected to be among the files',
    );
  });

  test('says what to do when there is no such file, or no server', async () => {
    const load = (from: string) => loadMnistFrom({ from, train: 1, test: 1, onProgress: () => undefined });
    await expect(load(`${server.url}elsewhere/`)).rejects.toThrow(
      /status 404.*Try again, or choose the four files/,
    );
    await expect(load('http://127.0.0.1:9/')).rejects.toThrow(/expected an answer from the server/);
  });
});
