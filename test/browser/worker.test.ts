import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as Door from '../../src/worker/public';
import { bundle, bundleWorker } from './bundle';
import { openBrowser, type TestBrowser } from './harness';
import { type PageServer, serveFiles } from './server';

declare global {
  /** What a page finds in `taskgrad/worker`. */
  var door: typeof Door;
}

const EXAMPLE = new URL('../../examples/browser-cdn/index.html', import.meta.url);
const CDN = 'https://cdn.jsdelivr.net/npm/taskgrad@0.1.0/dist/browser/';
const ANYONE = { 'access-control-allow-origin': '*' };
const PATIENCE = 90_000;

let browser: TestBrowser;
let blind: TestBrowser;
/** A server of another origin, as a CDN is. */
let far: PageServer;
let files: ReadonlyMap<string, string>;
beforeAll(async () => {
  [browser, blind, far, files] = await Promise.all([
    openBrowser(),
    openBrowser({ webgpu: false }),
    serveFiles(),
    bundleWorker(),
  ]);
  for (const [name, body] of files) {
    const file = { type: 'text/javascript', body };
    for (const { server } of [browser, blind]) server.put(`/near/${name}`, file);
    far.put(`/far/${name}`, { ...file, headers: ANYONE });
  }
});
afterAll(async () => {
  await far?.close();
  await browser?.close();
  await blind?.close();
});

/** A page that has imported `taskgrad/worker` from an address. */
async function pageWith(where: TestBrowser, address: string, further = '') {
  const page = await where.page(`${further}\nimport * as door from '${address}';\nglobalThis.door = door;`);
  await page.waitForFunction(() => 'door' in globalThis);
  return page;
}

test('the client is small: it brings no engine to the page', () => {
  expect(files.get('worker.js')?.length).toBeLessThan(10_000);
});

test('the example of one file learns, with the engine from a CDN', { timeout: 2 * PATIENCE }, async () => {
  const page = await browser.page();
  await page.route(`${CDN}*`, (route) => {
    const name = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
    const body = files.get(name);
    return body
      ? route.fulfill({ contentType: 'text/javascript', headers: ANYONE, body })
      : route.fulfill({ status: 404 });
  });
  browser.server.put('/cdn.html', { type: 'text/html', body: await readFile(EXAMPLE) });
  await page.goto(`${browser.server.origin}/cdn.html`);
  const status = page.locator('#status');
  await status.filter({ hasText: /^done|Error/ }).waitFor({ timeout: PATIENCE });
  const [, apart, fresh] =
    /: (\d+) % of the drawings kept apart, (\d+) of 20/.exec((await status.textContent()) ?? '') ?? [];
  expect(Number(apart)).toBeGreaterThan(90);
  expect(Number(fresh)).toBeGreaterThan(17);
  expect(await page.locator('#progress').evaluate((bar) => (bar as HTMLProgressElement).value)).toBe(1);
  await page.close();
});

describe.each(['the page’s own server', 'another origin'])('from %s', (where) => {
  const address = () => (where === 'another origin' ? `${far.origin}/far/` : '/near/');

  test('the engine opens, refuses with the code of its error, and is cancelled', {
    timeout: PATIENCE,
  }, async () => {
    const page = await pageWith(browser, `${address()}worker.js`);
    const found = await page.evaluate(async () => {
      const engine = await globalThis.door.openEngine();
      const wrong = await engine
        .call('train', { images: new Uint8Array(5), shape: [1, 2, 2], labels: [0] })
        .catch(({ code, kind, message }) => ({ code, kind, message }));
      const stop = new AbortController();
      const images = Uint8Array.from({ length: 64 * 16 }, (_, i) => (i * 37) % 256);
      const labels = Array.from({ length: 64 }, (_, i) => i % 2);
      let reports = 0;
      const cancelled = await engine
        .call(
          'train',
          { images, shape: [1, 4, 4], labels, epochs: 100_000 },
          {
            transfer: [images.buffer],
            signal: stop.signal,
            onReport: () => {
              reports += 1;
              if (reports === 5) stop.abort();
            },
          },
        )
        .catch(({ code }) => code);
      engine.close();
      return { kind: engine.adapter.kind, wrong, cancelled, left: images.length };
    });
    expect(found).toMatchObject({
      kind: 'swiftshader',
      wrong: { code: 'DATA_SHAPE', kind: 'DataError' },
      cancelled: 'INTERRUPTED',
      left: 0,
    });
    await page.close();
  });

  test('an address without a worker is named', async () => {
    const page = await pageWith(browser, `${address()}worker.js`);
    const said = await page.evaluate(
      (url) => globalThis.door.openEngine({ url }).catch(({ code, message }) => `${code}: ${message}`),
      `${address()}nothing.js`,
    );
    expect(said).toMatch(/^WORKER_START: the engine at .*nothing\.js did not start; look at its address/);
    await page.close();
  });
});

test('without WebGPU the engine says so by its code, and the feature test in words', async () => {
  const page = await pageWith(blind, '/near/worker.js');
  const found = await page.evaluate(async () => {
    const { openEngine, checkSupport } = globalThis.door;
    const refused = await openEngine().catch(({ code, fields }) => ({ code, remedy: typeof fields.remedy }));
    return { refused, support: await checkSupport() };
  });
  expect(found.refused).toEqual({ code: 'GPU_UNAVAILABLE', remedy: 'string' });
  expect(found.support.ok).toBe(false);
  expect(found.support.lacks[0].words).toMatch(/^This browser has (no )?WebGPU/);
  await page.close();
});

test('distance of a task from another is that of the engine in a page, to rounding', {
  timeout: PATIENCE,
}, async () => {
  browser.server.put('/taskgrad.js', {
    type: 'text/javascript',
    body: await bundle(fileURLToPath(new URL('../../src/browser.ts', import.meta.url))),
  });
  const engine = `import * as taskgrad from '/taskgrad.js';\nglobalThis.taskgrad = taskgrad;`;
  const page = await pageWith(browser, '/near/worker.js', engine);
  const found = await page.evaluate(async () => {
    const engine = await globalThis.door.openEngine();
    const images = Uint8Array.from({ length: 60 * 16 }, (_, i) => (i * i * 31) % 256);
    const shape = [1, 4, 4] as const;
    const [even, third] = [2, 3].map((by) => Array.from({ length: 60 }, (_, i) => (i % by === 0 ? 1 : 0)));
    const train = async (labels: number[]) =>
      (await engine.call('train', { images, shape, labels, epochs: 3, width: 0.05 })).file;
    const [source, target] = [await train(even), await train(third)];
    const input = { source, target, images, shape, labels: third };
    const [there, self] = [
      await engine.call('distance', input),
      await engine.call('distance', { ...input, source: target }),
    ];
    engine.close();
    const { openGpu, models, data, fisher } = globalThis.taskgrad;
    const gpu = await openGpu();
    const fishers = [];
    for (const file of [source, target]) {
      const { net, about } = await models.load(gpu, file);
      const set = data.fromArrays({ images, shape, labels: third, mean: about.mean, std: about.std });
      const device = new data.DeviceImages(gpu, set, set);
      const batches = data.batches(device, data.whole(set), { batchSize: 60 });
      fishers.push(fisher.normalize(await fisher.diagonal(net, batches, { classes: 2 })));
    }
    return { there, self, direct: await fisher.logDetDistance(fishers[0], fishers[1]) };
  });
  expect(found.there.logdet).toBeGreaterThan(0);
  expect(found.there.logdet / found.direct).toBeCloseTo(1, 3);
  expect(found.self.logdet).toBeLessThan(1e-3 * found.there.logdet);
  expect(found.self.frechet).toBeLessThan(1e-3);
  await page.close();
});
