import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type DownloadOptions, download } from '../../src/data/download.node';
import { DataError, DownloadError, OutputError } from '../../src/data/errors';
import { failure } from './failure';
import { useFolder } from './folder';
import { type Answer, cutAfter, status, useWebServer, whole, withoutRanges } from './web-server';

const FILE = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 251));
const OTHER = Buffer.from(FILE).fill(1, 500, 600);
const MD5 = createHash('md5').update(FILE).digest('hex');
const FAST: DownloadOptions = { md5: MD5, pauseMs: 1, silenceMs: 5000, retries: 3 };

const server = useWebServer();
const folder = useFolder();
const path = () => join(folder.path, 'data', 'file.bin');
const part = () => `${path()}.part`;
beforeEach(() => mkdir(join(folder.path, 'data')));

const get = (options: Partial<DownloadOptions> = {}) =>
  download(server.url(), path(), { ...FAST, ...options });

async function refusal(options: Partial<DownloadOptions> = {}): Promise<string> {
  const error = await failure(() => get(options));
  expect(error).toBeInstanceOf(DownloadError);
  expect((error as DownloadError).message).not.toContain('\n');
  expect((error as DownloadError).url).toBe(server.url());
  return (error as DownloadError).message.replaceAll(folder.path, '').replace(server.url(), 'URL');
}

/** The file is there, whole, and nothing else is. */
async function expectFile(): Promise<void> {
  expect(FILE.equals(await readFile(path()))).toBe(true);
  expect(await readdir(join(folder.path, 'data'))).toEqual(['file.bin']);
}

describe('a download', () => {
  it('is the file under its name and nothing beside it, its folder made', async () => {
    server.answers(whole(FILE));
    const deep = join(folder.path, 'a', 'b', 'file.bin');
    expect(await download(server.url(), deep, FAST)).toEqual({ bytes: 100_000, kept: 0 });
    expect(FILE.equals(await readFile(deep))).toBe(true);
    expect(await readdir(join(folder.path, 'a', 'b'))).toEqual(['file.bin']);
  });

  it('tells how far it is, up to the whole', async () => {
    server.answers(whole(FILE));
    const told: [number, number | undefined][] = [];
    await get({ onProgress: (done, total) => told.push([done, total]) });
    expect(told.at(-1)).toEqual([100_000, 100_000]);
    expect(told.every(([done], i) => i === 0 || done > told[i - 1][0])).toBe(true);
  });

  it('is not repeated where the file is there and good', async () => {
    server.answers(status(500));
    await writeFile(path(), FILE);
    expect(await get()).toEqual({ bytes: 100_000, kept: 100_000 });
    expect(server.requests).toEqual([]);
  });

  it('replaces a file that is there and not good', async () => {
    server.answers(whole(FILE));
    await writeFile(path(), OTHER);
    await get();
    await expectFile();
  });

  it('of an unsaid length is taken if its sum is right', async () => {
    server.answers((_, response) => void response.writeHead(200).end(FILE));
    await get();
    await expectFile();
  });
});

describe('a download that is cut', () => {
  it('goes on by range from each cut until all is there', async () => {
    server.answers(cutAfter(FILE, 30_000), cutAfter(FILE, 30_000), cutAfter(FILE, 30_000), whole(FILE));
    const retries: string[] = [];
    await get({ retries: 1, onRetry: (reason) => retries.push(reason) });
    await expectFile();
    expect(server.requests.map(({ range }) => range)).toEqual([
      undefined,
      'bytes=30000-',
      'bytes=60000-',
      'bytes=90000-',
    ]);
    expect(retries).toEqual(new Array(3).fill('the connection was cut'));
  });

  it('keeps what has arrived when it gives up, and the next goes on from there', async () => {
    server.answers(cutAfter(FILE, 40_000), status(503));
    expect(await refusal({ retries: 2 })).toBe(
      'cannot download URL: the server answers 503 Service Unavailable (3 times in a row). ' +
        'What has arrived is kept: try again later, or name another address with --from',
    );
    expect((await readFile(part())).length).toBe(40_000);
    expect(existsSync(path())).toBe(false);
    server.answers(whole(FILE));
    expect(await get()).toEqual({ bytes: 100_000, kept: 40_000 });
    expect(server.requests.at(-1)?.range).toBe('bytes=40000-');
    await expectFile();
  });

  it('begins anew where the server knows no ranges', async () => {
    server.answers(cutAfter(FILE, 40_000), withoutRanges(FILE));
    await get();
    expect(server.requests).toHaveLength(2);
    await expectFile();
  });

  it('begins anew where the server sends another range than was asked for', async () => {
    const wrongRange: Answer = (_, response) => {
      response
        .writeHead(206, { 'content-range': 'bytes 0-99999/100000', 'content-length': '100000' })
        .end(FILE);
    };
    server.answers(cutAfter(FILE, 40_000), wrongRange, whole(FILE));
    await get();
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=40000-', undefined]);
    await expectFile();
  });

  it('takes what had arrived in full before the name was given', async () => {
    server.answers(whole(FILE));
    await writeFile(part(), FILE);
    await get();
    await expectFile();
  });

  it('begins anew where more had arrived than the server has', async () => {
    server.answers(whole(FILE));
    await writeFile(part(), Buffer.concat([FILE, FILE]));
    await get();
    await expectFile();
  });

  it('by silence is taken up again', async () => {
    const silent: Answer = (_, response) => {
      response.writeHead(200, { 'content-length': FILE.length });
      response.write(FILE.subarray(0, 10_000));
    };
    server.answers(silent, whole(FILE));
    const retries: string[] = [];
    await get({ silenceMs: 200, onRetry: (reason) => retries.push(reason) });
    expect(retries).toEqual(['no byte came for 0.2 s']);
    expect(server.requests.at(-1)?.range).toBe('bytes=10000-');
    await expectFile();
  });

  it('on purpose keeps what has arrived', async () => {
    const controller = new AbortController();
    server.answers((_, response) => {
      response.writeHead(200, { 'content-length': FILE.length });
      response.write(FILE.subarray(0, 10_000));
    });
    const error = await failure(() =>
      get({ signal: controller.signal, onProgress: () => controller.abort() }),
    );
    expect(error).toBe(controller.signal.reason);
    expect((await readFile(part())).length).toBeGreaterThan(0);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a server that lies', () => {
  it('about the length, by saying more than it sends: the cut is seen', async () => {
    const promising: Answer = (_, response) => {
      response.writeHead(200, { 'content-length': '200000' });
      response.write(FILE, () => setTimeout(() => response.destroy(), 20));
    };
    server.answers(promising);
    expect(await refusal({ retries: 0 })).toContain('the connection was cut. What has arrived is kept');
    expect(existsSync(path())).toBe(false);
  });

  it('about the length, by saying less: the sum is wrong', async () => {
    server.answers((request) => {
      request.socket.end(
        Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 50000\r\n\r\n'), FILE]),
      );
    });
    expect(await refusal()).toMatch(/these are not the published bytes \(MD5 [0-9a-f]{32}, expected /);
    expect(await readdir(join(folder.path, 'data'))).toEqual([]);
  });

  it('about the length, past any disk: no byte is written', async () => {
    server.answers((_, response) => {
      response.writeHead(200, { 'content-length': String(9e15) });
      response.write(FILE);
    });
    expect(await refusal()).toMatch(
      /^cannot download URL: it needs 9,000,000,000 MB and \/data has [\d,.]+ MB free. Free some space or choose another/,
    );
    expect(await readdir(join(folder.path, 'data'))).toEqual([]);
  });

  it('about the bytes: they are thrown away, with both sums said', async () => {
    server.answers(whole(OTHER));
    const found = createHash('md5').update(OTHER).digest('hex');
    expect(await refusal()).toBe(
      `cannot download URL: these are not the published bytes (MD5 ${found}, expected ${MD5}). ` +
        'They were thrown away. Try again, or name another address with --from',
    );
    expect(server.requests).toHaveLength(1);
    expect(await readdir(join(folder.path, 'data'))).toEqual([]);
  });

  it('is believed again when only what an earlier attempt had left was wrong', async () => {
    await writeFile(part(), OTHER.subarray(0, 50_000));
    server.answers(whole(FILE));
    await get();
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=50000-', undefined]);
    await expectFile();
  });

  it('is caught by the sum that it sends itself, where none is published', async () => {
    const hash = `crc32c=n03x6A==,md5=${Buffer.from(MD5, 'hex').toString('base64')}`;
    server.answers(whole(OTHER, { 'x-goog-hash': hash }));
    expect(await refusal({ md5: undefined })).toContain(`expected ${MD5}`);
    server.answers(whole(FILE, { 'x-goog-hash': hash }));
    await get({ md5: undefined });
    await expectFile();
  });

  it('is caught by the look into the file, where there is no sum', async () => {
    const check = async () => {
      throw new DataError('DATA_CUT', { file: 'x', expected: '7 bytes', found: '8' });
    };
    server.answers(whole(FILE));
    expect(await refusal({ md5: undefined, check })).toContain(
      'not the published bytes (expected 7 bytes, found 8).',
    );
    expect(await readdir(join(folder.path, 'data'))).toEqual([]);
  });
});

describe('a server that refuses', () => {
  it.each([404, 403, 410])('with %i is not asked again', async (code) => {
    server.answers(status(code));
    expect(await refusal()).toMatch(
      new RegExp(
        `^cannot download URL: the server answers ${code} \\w+.*\\. Try again later, or name another`,
      ),
    );
    expect(server.requests).toHaveLength(1);
    expect(await readdir(join(folder.path, 'data'))).toEqual([]);
  });

  it.each([500, 503, 429])('with %i is asked again, with growing pauses', async (code) => {
    server.answers(status(code), status(code), whole(FILE));
    const pauses: number[] = [];
    await get({ pauseMs: 4, onRetry: (_, pause) => pauses.push(pause) });
    expect(pauses).toEqual([4, 8]);
    await expectFile();
  });

  it('with 500 for ever is given up', async () => {
    server.answers(status(500));
    expect(await refusal()).toContain('the server answers 500 Internal Server Error (4 times in a row)');
    expect(server.requests).toHaveLength(4);
  });

  it('connections is named so', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const url = `http://127.0.0.1:${port}/x`;
    const error = await failure(() => download(url, path(), { ...FAST, retries: 0 }));
    expect(error).toBeInstanceOf(DownloadError);
    expect((error as DownloadError).reason).toBe('the server refuses the connection');
  });
});

describe('a place that cannot be written', () => {
  it('is named before anything is asked for', async () => {
    await writeFile(join(folder.path, 'file'), '');
    const error = await failure(() => download(server.url(), join(folder.path, 'file', 'x.bin'), FAST));
    expect(error).toBeInstanceOf(OutputError);
    expect(server.requests).toEqual([]);
  });

  it('because a folder has the name is named, with the folder left alone', async () => {
    await mkdir(path());
    const error = await failure(() => get());
    expect(error).toBeInstanceOf(OutputError);
    expect((error as OutputError).path).toBe(path());
    expect(await readdir(join(folder.path, 'data'))).toEqual(['file.bin']);
    expect(server.requests).toEqual([]);
  });
});
