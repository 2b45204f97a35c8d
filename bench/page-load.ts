// How the demo page loads and stays quiet, of several checkouts in turns:
//   node bench/start.mjs bench/page-load.ts [--rounds 3] [--seconds 30] CHECKOUT…   (each built: npm run bundle)
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openBrowser, type TestBrowser } from '../test/browser/harness';
import { mainThreadTasks, watchLongTasks, watchShift } from '../test/browser/page-speed';
import { type SlowLine, slowLine } from '../test/browser/slow-line';

const PATIENCE = 180_000;
const ENGINE_READY = /^(Ready|Paused)$/;
const ALL_IMAGES = /\+ [\d\u202f]+ images/;

interface Load {
  /** A drawn digit is named; not a number where the page cannot without training. */
  readonly drawnSeconds: number;
  readonly drawnKilobytes: number;
  /** The engine says Ready. */
  readonly readySeconds: number;
  readonly readyKilobytes: number;
  /** All of MNIST is here. */
  readonly wholeSeconds: number;
  readonly wholeKilobytes: number;
  /** Until then: tasks of 50 ms and more, and the longest. */
  readonly loadLongTasks: number;
  readonly loadLongestMs: number;
  /** Of all files but MNIST's. */
  readonly pageKilobytes: number;
  /** While it trains. */
  readonly longTasks: number;
  readonly longestMs: number;
  readonly over100: number;
  /** By the main thread's own time, which other programs do not add to. */
  readonly longestOwnMs: number;
  readonly ownSeconds: number;
  readonly shift: number;
}

/** Serves the page of a checkout. */
async function serve(checkout: string): Promise<{ url: string; process: ChildProcess }> {
  const command = spawn(process.execPath, [join(checkout, 'dist/cli.js'), 'demo', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: command.stdout })) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (url) return { url, process: command };
  }
  throw new Error(`${checkout}: taskgrad demo has ended; is it built?`);
}

async function drawOne(page: Page): Promise<void> {
  const box = await page.locator('.sketch canvas').boundingBox();
  if (!box) throw new Error('there is nothing to draw on');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.2);
  await page.mouse.down();
  for (let i = 1; i <= 5; i++)
    await page.mouse.move(box.x + box.width / 2, box.y + box.height * (0.2 + 0.12 * i));
  await page.mouse.up();
}

/** Seconds since the page began to load. */
const now = (page: Page) => page.evaluate(() => performance.now() / 1000);

async function load(browser: TestBrowser, line: SlowLine, seconds: number): Promise<Load> {
  const page = await browser.open('about:blank', { viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(PATIENCE);
  await watchShift(page);
  await watchLongTasks(page);
  await page.goto(`${line.url}#draw`);
  await page.locator('.sketch canvas').waitFor();
  await drawOne(page);
  const named = page.getByText(/^(It is|Perhaps)/).waitFor();
  const engine = page.locator('.status').getByText(ENGINE_READY).waitFor();
  const first = await Promise.race([named.then(() => 'drawn'), engine.then(() => 'ready')]);
  const drawn = first === 'drawn' ? { at: await now(page), bytes: line.bytes() } : undefined;
  await engine;
  const ready = { at: await now(page), bytes: line.bytes() };
  named.catch(() => undefined);
  await page.locator('.adapter').getByText(ALL_IMAGES).waitFor();
  const whole = { at: await now(page), bytes: line.bytes() };
  const loading = await page.evaluate(() => globalThis.pageSpeed.tasks);
  await page.getByRole('tab', { name: 'Train' }).click();
  await page.getByRole('button', { name: 'Train', exact: true }).click();
  await page.evaluate(() => {
    globalThis.pageSpeed.tasks = [];
  });
  const own = await mainThreadTasks(page, () => page.waitForTimeout(1000 * seconds));
  const { tasks, shift } = await page.evaluate(() => globalThis.pageSpeed);
  await page.close();
  return {
    drawnSeconds: drawn?.at ?? Number.NaN,
    drawnKilobytes: (drawn?.bytes ?? Number.NaN) / 1000,
    readySeconds: ready.at,
    readyKilobytes: ready.bytes / 1000,
    wholeSeconds: whole.at,
    wholeKilobytes: whole.bytes / 1000,
    loadLongTasks: loading.length,
    loadLongestMs: Math.max(0, ...loading),
    pageKilobytes: line.bytes((path) => !path.startsWith('/data/')) / 1000,
    longTasks: tasks.length,
    longestMs: Math.max(0, ...tasks),
    over100: tasks.filter((ms) => ms > 100).length,
    longestOwnMs: own[0],
    ownSeconds: own.reduce((sum, ms) => sum + ms, 0) / 1000,
    shift,
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '30' } },
});
const checkouts = positionals.length > 0 ? positionals : ['.'];
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const checkout of checkouts) {
    const server = await serve(resolve(checkout));
    const [browser, line] = [await openBrowser(), await slowLine(server.url)];
    try {
      console.log(
        JSON.stringify({ round, checkout, ...(await load(browser, line, Number(values.seconds))) }),
      );
    } finally {
      await browser.close();
      await line.close();
      server.process.kill();
      await once(server.process, 'exit');
    }
  }
}
