import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DemoServer, serveDemo } from '../../src/cli/demo/server';
import { useFolder } from '../data/folder';
import { demoData } from '../soak/doors/demo-data';
import { ask, get, portOf } from '../soak/doors/raw';

const SCRIPT = 'const answer = 42;\n'.repeat(1000);
const folder = useFolder();
let server: DemoServer;
let complaints: unknown[];
const send = (request: string | Uint8Array) => ask(portOf(server.url), request);

beforeEach(async () => {
  complaints = [];
  const page = join(folder.path, 'page');
  await mkdir(page);
  await writeFile(join(page, 'index.html'), '<title>a page</title>');
  await writeFile(join(page, 'main.js'), SCRIPT);
  await writeFile(join(folder.path, 'secret.txt'), 'secret');
  await mkdir(join(folder.path, 'docs', 'functions'), { recursive: true });
  await writeFile(join(folder.path, 'docs', 'index.html'), '<title>a reference</title>');
  await writeFile(join(folder.path, 'docs', 'functions', 'ops.relu.html'), '<title>relu</title>');
  server = await serveDemo({
    port: 0,
    folder: page,
    docs: join(folder.path, 'docs'),
    dataset: demoData(),
    complain: (problem) => complaints.push(problem),
  });
});
afterEach(() => server.close());

describe('a request that cannot be answered gets a status, and the next one the page', () => {
  test.each([
    ['two slashes', get('//'), 400],
    ['another host behind two slashes', get('//evil.example/'), 400],
    ['the URL of another host', get('http://evil.example/'), 400],
    ['a URL of no host', get('http://'), 400],
    ['the whole server', get('*'), 400],
    ['percents that are no UTF-8', get('/%ff%fe'), 400],
    ['half a percent', get('/%2'), 400],
    ['no host', 'GET / HTTP/1.0\r\n\r\n', 400],
    ['the host of a rebound name', get('/', { Host: 'evil.example' }), 421],
    ['a host that begins as ours', get('/', { Host: '127.0.0.1.evil.example:80' }), 421],
    ['a range that ends before it begins', get('/', { Range: 'bytes=5-3' }), 416],
    ['the same of the data', get('/data/t10k-labels-idx1-ubyte.gz', { Range: 'bytes=5-3' }), 416],
    ['a range past the end', get('/', { Range: 'bytes=99999999999999999999-' }), 416],
    ['the last 0 bytes', get('/', { Range: 'bytes=-0' }), 416],
    ['a POST', get('/', {}, 'POST'), 405],
    ['a DELETE', get('/main.js', {}, 'DELETE'), 405],
    ['a file outside', get('/../secret.txt'), 404],
    ['a file outside, hidden', get('/..%2fsecret.txt'), 404],
    ['a NUL', get('/main.js%00'), 404],
    ['a file beside the reference', get('/docs/../secret.txt'), 404],
    ['the same, hidden', get('/docs/functions/..%2f..%2fsecret.txt'), 404],
    ['a folder of the reference', get('/docs/functions'), 404],
    ['a page that it has not', get('/docs/functions/ops.nothing.html'), 404],
    ['the folder', get('/.'), 404],
  ])('%s', async (_, request, status) => {
    const answer = await send(request);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain('x-content-type-options: nosniff');
    expect(answer.text).not.toContain('\r\n\r\nsecret');
    expect((await send(get('/'))).text).toContain('<title>a page</title>');
    expect(complaints).toEqual([]);
  });

  test('a 405 says what is allowed', async () => {
    expect((await send(get('/', {}, 'PUT'))).text).toContain('allow: GET, HEAD');
  });

  test('a link in the folder is not followed out of it', async () => {
    await symlink(join(folder.path, 'secret.txt'), join(folder.path, 'page', 'link.txt'));
    expect((await send(get('/link.txt'))).status).toBe(404);
  });

  test('a page that has gone away gets 500 and one complaint, and is there again later', async () => {
    await rm(join(folder.path, 'page'), { recursive: true });
    expect((await send(get('/'))).status).toBe(500);
    expect(complaints).toHaveLength(1);
    await mkdir(join(folder.path, 'page'));
    await writeFile(join(folder.path, 'page', 'index.html'), 'back');
    expect((await send(get('/'))).text).toContain('back');
  });
});

describe('the page', () => {
  test.each(['127.0.0.1', 'localhost:9000', 'LOCALHOST', '[::1]:1'])('is served to %s', async (Host) => {
    expect((await send(get('/', { Host }))).status).toBe(200);
  });

  test('is kept apart from other origins', async () => {
    const { headers } = await fetch(server.url);
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('comes packed to who can unpack it, and anew when it was rebuilt', async () => {
    const packed = await send(get('/main.js', { 'Accept-Encoding': 'gzip, deflate, br' }));
    expect(packed.text).toContain('content-encoding: gzip');
    const body = Buffer.from(packed.text.slice(packed.text.indexOf('\r\n\r\n') + 4), 'latin1');
    expect(body.length).toBeLessThan(SCRIPT.length / 10);
    expect(gunzipSync(body).toString()).toBe(SCRIPT);
    await writeFile(join(folder.path, 'page', 'main.js'), 'rebuilt');
    expect(await (await fetch(`${server.url}main.js`)).text()).toBe('rebuilt');
  });

  test('comes as the build has packed it, unless that is of an older build', async () => {
    const page = join(folder.path, 'page');
    await writeFile(join(page, 'main.js.br'), 'packed by br');
    const accepts = (encodings: string) => send(get('/main.js', { 'Accept-Encoding': encodings }));
    const packed = await accepts('gzip, deflate, br');
    expect(packed.text).toContain('content-encoding: br');
    expect(packed.text).toMatch(/packed by br$/);
    expect((await accepts('gzip')).text).toContain('content-encoding: gzip');
    expect((await accepts('br;q=0')).text).not.toContain('content-encoding');
    const old = new Date(Date.now() - 60_000);
    await utimes(join(page, 'main.js.br'), old, old);
    expect((await accepts('br')).text).not.toContain('content-encoding');
    expect((await accepts('br')).text).toContain('const answer = 42');
  });

  test.each(['gzip;q=0', 'br', '', 'gzipped'])('comes plain to who accepts %j', async (accepted) => {
    const { text } = await send(get('/main.js', { 'Accept-Encoding': accepted }));
    expect(text).not.toContain('content-encoding');
    expect(text).toContain(SCRIPT);
  });

  test.each(['/main.js', '/data/t10k-images-idx3-ubyte.gz'])(
    'has headers for HEAD %s and nothing else',
    async (path) => {
      const { status, text } = await send(get(path, {}, 'HEAD'));
      expect(status).toBe(200);
      expect(text.endsWith('\r\n\r\n')).toBe(true);
    },
  );

  test('is sent whole where a part is asked for that there is', async () => {
    expect((await send(get('/main.js', { Range: 'bytes=0-4' }))).text).toContain(SCRIPT);
  });
});

describe('the API reference', () => {
  test('is under /docs/, folders and all, and its own scripts may run', async () => {
    expect(await (await fetch(`${server.url}docs`)).text()).toContain('a reference');
    const page = await fetch(`${server.url}docs/functions/ops.relu.html`);
    expect(await page.text()).toContain('relu');
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'self'.* script-src 'self' 'unsafe-inline'$/,
    );
    const { headers } = await fetch(server.url);
    expect(headers.get('content-security-policy')).not.toContain('script-src');
  });

  test('says how to build it where it is not built', async () => {
    const other = await serveDemo({ port: 0, folder: join(folder.path, 'page'), dataset: demoData() });
    const answer = await fetch(`${other.url}docs/`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toMatch(/^the API reference is not built; run npm run docs .*\n$/);
    await other.close();
  });
});
