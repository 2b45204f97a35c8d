import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, vi } from 'vitest';
import { type DemoServer, serveDemo } from '../../src/cli/demo/server';
import { loadMnist } from '../../src/data/loaders.node';
import { buildDemo } from './bundle';
import { type BrowserOptions, openBrowser, type TestBrowser } from './harness';

/** Few images, short searches, narrow networks. */
const QUICK = '?images=600&tests=300&quick';
/** The engine opens, or a piece of its work ends, within: the machine may be busy with other tests. */
export const PATIENCE = 90_000;

/** The demo page, built anew and served with the real MNIST. */
export interface Demo {
  /** Opens the page at a panel, in a window of its own, and waits for the engine. */
  open(panel: string, options?: BrowserContextOptions): Promise<Page>;
  /** Opens the page and waits for nothing. */
  visit(panel: string, options?: BrowserContextOptions): Promise<Page>;
  readonly url: string;
  readonly browser: TestBrowser;
  /** What pages asked of any server. */
  readonly requests: readonly string[];
  /** What pages wrote to the console as an error. */
  readonly complaints: readonly string[];
}

/** The demo for all tests of the calling file. */
export function useDemo(options: BrowserOptions = {}): Demo {
  let opened: { browser: TestBrowser; server: DemoServer; folder: string } | undefined;
  const requests: string[] = [];
  const complaints: string[] = [];
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskgrad-demo-'));
    const [dataset, browser] = await Promise.all([loadMnist(), openBrowser(options), buildDemo(folder)]);
    opened = { folder, browser, server: await serveDemo({ port: 0, folder, dataset }) };
  });
  afterAll(async () => {
    await opened?.browser.close();
    await opened?.server.close();
    if (opened) await rm(opened.folder, { recursive: true });
  });
  const held = () => {
    if (!opened) throw new Error('the demo is open inside tests only');
    return opened;
  };
  const visit: Demo['visit'] = async (panel, context) => {
    const { browser, server } = held();
    const page = await browser.open('about:blank', context);
    page.setDefaultTimeout(PATIENCE);
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(`${server.url}${QUICK}#${panel}`);
    return page;
  };
  return {
    visit,
    async open(panel, context) {
      const page = await visit(panel, context);
      await page.getByText('Ready', { exact: true }).waitFor();
      return page;
    },
    get url() {
      return held().server.url;
    },
    get browser() {
      return held().browser;
    },
    requests,
    complaints,
  };
}

export const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });

/** Where the canvas lies that a digit is drawn on, once it is shown. */
export async function sketchBox(
  page: Page,
): Promise<{ x: number; y: number; width: number; height: number }> {
  const sketch = page.locator('.sketch canvas');
  await sketch.waitFor();
  const box = await sketch.boundingBox();
  if (!box) throw new Error('there is nothing to draw on');
  return box;
}

/**
 * How wide the content is once the window is this wide, and how wide it was in the frame before: charts are drawn
 * anew only after that, and what was drawn for a wider window may not stick out of the page.
 */
export async function narrowed(page: Page, width: number): Promise<number> {
  await page.locator('.chart svg').first().waitFor();
  const widths = await page.evaluateHandle(() => {
    const seen: number[] = [];
    addEventListener('resize', () => seen.push(document.documentElement.scrollWidth), { once: true });
    return seen;
  });
  await page.setViewportSize({ width, height: 780 });
  await vi.waitUntil(() => widths.evaluate((seen) => seen.length > 0), { timeout: PATIENCE });
  return widths.evaluate((seen) => Math.max(...seen, document.documentElement.scrollWidth));
}

/** Pictures of the page are put into the folder that TASKGRAD_SHOTS names, to be looked at. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.TASKGRAD_SHOTS;
  if (!folder) return;
  await page.waitForTimeout(500);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** The value beside a name in a list of facts, as a number. */
export async function fact(page: Page, name: string): Promise<number> {
  const text = await page.locator('.facts > div', { hasText: name }).first().locator('dd').textContent();
  return Number.parseFloat((text ?? '').replaceAll('\u202f', ''));
}

/** Waits until a number of the page is as wanted; in hooks too, where expect.poll may not. */
export async function until(
  read: () => Promise<number>,
  wanted: (value: number) => boolean,
): Promise<number> {
  await vi.waitUntil(async () => wanted(await read()), { timeout: PATIENCE, interval: 100 });
  return read();
}
