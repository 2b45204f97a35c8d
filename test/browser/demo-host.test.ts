import type { Page, Route } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { idxFiles } from '../../src/cli/demo/idx-files';
import { demoData } from '../soak/doors/demo-data';
import { button, PATIENCE, useDemo } from './demo';

const demo = useDemo();
const blind = useDemo({ webgpu: false });
const slow = { timeout: 3 * PATIENCE };

const alert = (page: Page) => page.getByRole('alert');
const stopped = (page: Page) => page.locator('.status').getByText('Stopped', { exact: true }).waitFor();
const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click();

/** A page whose images come otherwise. */
async function visit(answer: (route: Route) => Promise<void>): Promise<Page> {
  const page = await demo.visit('train');
  await page.route('**/data/**', answer);
  await page.reload();
  return page;
}

describe('bad data', slow, () => {
  test('is said in one sentence, and the page is not ready; trying again, and own files, lead on', async () => {
    const page = await visit((route) =>
      route.fulfill({ contentType: 'text/html', body: '<html>404</html>' }),
    );
    await stopped(page);
    const said = (await alert(page).textContent()) ?? '';
    expect(said).toMatch(
      /expected a gzipped IDX file, found a page of HTML\. Try again, or choose the four files/,
    );
    expect(said.split('Try again, or choose')).toHaveLength(2); // once
    expect(said).not.toContain('defect');
    expect(await button(page, 'Train').isDisabled()).toBe(true);
    expect(await page.locator('.adapter').textContent()).not.toContain('no adapter'); // it was asked for before

    const files = [...idxFiles(demoData())].map(([path, parts]) => ({
      name: path.replace('/data/', '').replace('.gz', ''),
      mimeType: 'application/octet-stream',
      buffer: Buffer.concat(parts),
    }));
    await page.locator('.failure input[type="file"]').setInputFiles(files.slice(1));
    await page.getByText('train-images-idx3-ubyte.gz: expected to be among the files').waitFor();
    await page.locator('.failure input[type="file"]').setInputFiles(files);
    await page.getByText('Ready', { exact: true }).waitFor();
    await page.getByText('600 + 50 images').waitFor();
    expect(await alert(page).count()).toBe(0);
    await page.close();
  });

  test('cut short, or from a host that brings nothing, is said, and can be tried again', async () => {
    let isWhole = false;
    const [header] = idxFiles(demoData()).get('/data/train-images-idx3-ubyte.gz') ?? [];
    const body = Buffer.concat([Buffer.from(header ?? []), Buffer.alloc(284)]); // unpacked on the way, and cut
    const page = await visit((route) => (isWhole ? route.continue() : route.fulfill({ body })));
    await stopped(page);
    expect(await alert(page).textContent()).toMatch(
      /expected \d+ bytes for \d+ items, found 300 bytes\. Try again/,
    );
    isWhole = true;
    await button(page, 'Try again').click();
    await page.getByText('Ready', { exact: true }).waitFor();

    const stalls = await demo.visit('train');
    await stalls.route('**/worker.js', async (route) => {
      const response = await route.fetch();
      const never = `globalThis.fetch = async () => new Response(new ReadableStream({ start(c) { c.enqueue(Uint8Array.of(0x1f, 0x8b)); } }));`;
      await route.fulfill({ response, body: `${never}${await response.text()}` });
    });
    await stalls.reload();
    await stalls.getByText('nothing has come for 1 s').waitFor();
    await stopped(stalls);
    expect(await alert(stalls).textContent()).toMatch(
      /expected more of it within 2.5 s, found nothing\. Try again/,
    );
    await stalls.close();
    await page.close();
  });
});

describe('training images that come late', slow, () => {
  /** The page with all of MNIST. */
  async function whole(panel: string, prepare: (page: Page) => Promise<unknown>): Promise<Page> {
    const page = await demo.visit(panel);
    await prepare(page);
    await page.goto(`${demo.url}?quick#${panel}`);
    return page;
  }

  /** In the worker: the training images come a byte at a time until the page lets them go. */
  const DRIBBLE = `
const real = globalThis.fetch;
const gate = new BroadcastChannel('gate');
globalThis.gate = gate;
let isOpen = false;
gate.onmessage = () => { isOpen = true; };
globalThis.fetch = async (url) => {
  const response = await real(url);
  if (!String(url).includes('train-images')) return response;
  const reader = response.body.getReader();
  let first, at = 0;
  return new Response(new ReadableStream({
    async pull(controller) {
      first ??= (await reader.read()).value;
      if (!isOpen) await new Promise((resolve) => setTimeout(resolve, 200));
      const end = isOpen ? first.length : at + 1;
      if (at < end) controller.enqueue(first.slice(at, end));
      at = end;
      if (at < first.length) return;
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }));
};
`;

  test('keep nobody from what needs none of them; what does says that it waits', async () => {
    const page = await whole('train', (one) =>
      one.route('**/worker.js', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: `${DRIBBLE}${await response.text()}` });
      }),
    );
    const here = page.locator('.adapter');
    await page.getByText('Ready', { exact: true }).waitFor();
    expect(await here.textContent()).toMatch(
      /10\u202f000 test images, training images on their way \(1\d %\)/,
    );
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await button(page, 'Train').click();
    await page.getByText('Waiting for MNIST’s training images').waitFor();
    await button(page, 'Pause').click();
    await page.getByText('Ready', { exact: true }).waitFor();
    await button(page, 'Step').click();
    await page.getByText('Waiting for MNIST’s training images').waitFor();
    await tab(page, 'Draw');
    await page.getByRole('application').focus();
    for (const key of [' ', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    await page.getByText(/^(It is|Perhaps) \d/).waitFor();
    await tab(page, 'Train');
    await page.evaluate(() => new BroadcastChannel('gate').postMessage('open'));
    await page.getByText('60\u202f000 + 10\u202f000 images').waitFor();
    await expect.poll(() => page.locator('.facts dd').first().textContent(), { timeout: PATIENCE }).toBe('1');
    await page.close();
  });

  test('and do not come at all are said to, with a way on, and stop nothing else', async () => {
    let comes = false;
    const page = await whole('own', (one) =>
      one.route('**/data/train-images*', (route) =>
        comes ? route.continue() : route.fulfill({ status: 503 }),
      ),
    );
    await page.getByText('10\u202f000 test images, the training images have not come').waitFor();
    await page.getByText('Ready', { exact: true }).waitFor();
    expect(await alert(page).textContent()).toMatch(/found status 503\. Try again/);
    await page.getByRole('application').focus();
    for (const key of [' ', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    await button(page, 'Add the drawing to “first”').click();
    await page.getByText('“first” has 1 picture').waitFor();
    await tab(page, 'Train');
    await button(page, 'Train').click();
    await expect.poll(() => alert(page).count(), { timeout: PATIENCE }).toBe(1);
    comes = true;
    await button(page, 'Try again').click();
    await page.getByText('60\u202f000 + 10\u202f000 images').waitFor();
    expect(await alert(page).count()).toBe(0);
    await tab(page, 'Own data');
    await page.getByText('“first” has 1 picture;').waitFor();
    await page.close();
  });
});

describe('without WebGPU', slow, () => {
  test('the page says so, loads no images, and shows a finished sample in every panel', async () => {
    const page = await blind.visit('train');
    await stopped(page);
    expect(await alert(page).textContent()).toMatch(
      /^This browser has WebGPU, but found no graphics card for it\. .*Switch hardware acceleration on/,
    );
    await page.getByText('A finished sample.').waitFor();
    expect(blind.requests.filter((url) => url.includes('/data/'))).toEqual([]);
    await page.getByRole('img', { name: /Training loss over steps; at step 4\d\d/ }).waitFor();
    expect(await page.locator('.filters canvas').count()).toBeGreaterThan(4);
    expect(await button(page, 'Train').isDisabled()).toBe(true);
    await tab(page, 'Fisher');
    await expect.poll(() => page.locator('.heat').count()).toBeGreaterThan(2);
    expect(await page.locator('.matrix .pending').count()).toBe(0);
    await tab(page, 'Task map');
    await expect.poll(() => page.locator('.flat text').count()).toBe(4);
    await tab(page, 'FUSE');
    await expect.poll(() => page.locator('.cell svg').count()).toBe(4);
    await page.getByText(/^Trained from scratch on all [\d\u202f]+ training images/).waitFor();
    await tab(page, 'Draw');
    await page.getByText(/^(It is|Perhaps) 7/).waitFor();
    expect(await button(page, 'Clear').isDisabled()).toBe(true); // nobody could say what another drawing is
    await tab(page, 'Own data');
    await expect.poll(() => page.locator('.classes li').count()).toBe(3);
    await expect.poll(() => page.locator('.flat text').count()).toBe(5);
    await page.getByLabel('The cell for your pictures').first().waitFor();
    await tab(page, 'Profile');
    await page.getByRole('table', { name: /GPU time for each kernel, the longest/ }).waitFor();
    expect(blind.complaints).toEqual([]);
    await page.close();
  });

  test.each([
    [
      'none',
      'delete WorkerNavigator.prototype.gpu;',
      /^This browser offers no WebGPU\. It has no navigator\.gpu\. Use a browser with WebGPU \(Chrome or Edge 113\+/,
    ],
    [
      'no adapter',
      'GPU.prototype.requestAdapter = async () => null;',
      /^This browser has WebGPU, but found no graphics card for it\./,
    ],
    [
      'an adapter that refuses',
      `GPUAdapter.prototype.requestDevice = async () => { throw new DOMException('too many', 'OperationError'); };`,
      /^The graphics card refused to be opened\. .*too many/,
    ],
  ])('in a browser with %s the page says which of the three it is', async (_, script, said) => {
    const page = await demo.visit('train');
    await page.route('**/worker.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${script}${await response.text()}` });
    });
    await page.reload();
    await stopped(page);
    expect(await alert(page).textContent()).toMatch(said);
    await page.getByText('A finished sample.').waitFor();
    await page.close();
  });
});
