import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDemo } from './bundle';
import { button, fact, PATIENCE, sketchBox, until, useDemo } from './demo';
import { mainThreadTasks, watchShift } from './page-speed';
import { type SlowLine, slowLine } from './slow-line';

const MOST_BYTES = 700_000;
const MOST_SHIFT = 0.05;
const MOST_TASK_MS = 100;
const slow = { timeout: 3 * PATIENCE };

const demo = useDemo();
let line: SlowLine;
/** One over which MNIST never comes. */
let withoutData: SlowLine;
const isPage = (path: string) => !path.startsWith('/data/');
beforeAll(async () => {
  [line, withoutData] = await Promise.all([slowLine(demo.url), slowLine(demo.url, (path) => !isPage(path))]);
});
afterAll(async () => {
  await line?.close();
  await withoutData?.close();
});

async function drawStroke(page: Page): Promise<void> {
  const box = await sketchBox(page);
  const x = box.x + box.width / 2;
  await page.mouse.move(x, box.y + box.height * 0.15);
  await page.mouse.down();
  for (let i = 1; i <= 7; i++) await page.mouse.move(x, box.y + box.height * (0.15 + 0.1 * i));
  await page.mouse.up();
}

describe('over a line of 10 Mbit/s', slow, () => {
  test('a drawing is named without MNIST, by what the page has brought: less than 700 kB', async () => {
    const page = await demo.browser.open('about:blank', { viewport: { width: 1440, height: 900 } });
    await page.goto(`${withoutData.url}#draw`);
    await page.locator('.sketch canvas').waitFor();
    await drawStroke(page);
    await page.getByText(/^It is 1, with/).waitFor({ timeout: 5000 });
    const seconds = await page.evaluate(() => performance.now() / 1000);
    const bytes = withoutData.bytes();
    console.log(`a drawing is named after ${seconds.toFixed(1)} s and ${Math.round(bytes / 1000)} kB`);
    expect(bytes).toBeLessThan(MOST_BYTES);
    await page.getByText('A small network that came with the page answers').waitFor();
    await page.close();
  });

  test('all of the page but MNIST is less than 700 kB', async () => {
    const before = line.bytes(isPage);
    const page = await demo.browser.open(`${line.url}?images=100&tests=100&quick#train`);
    await page.getByText('Ready', { exact: true }).waitFor({ timeout: PATIENCE });
    for (const tab of ['Fisher', 'Task map', 'FUSE', 'Draw', 'Own data', 'Profile']) {
      await page.getByRole('tab', { name: tab, exact: true }).click();
      await page.locator('.card').first().waitFor();
    }
    const bytes = line.bytes(isPage) - before;
    console.log(`the page is ${Math.round(bytes / 1000)} kB`);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(MOST_BYTES);
    await page.close();
  });
});

test('while it trains, charts are not built anew at each report, and no task takes long', slow, async () => {
  const page = await demo.browser.open('about:blank', { viewport: { width: 1440, height: 900 } });
  await page.goto(`${demo.url}?images=600&tests=300&quick#train`);
  await page.getByText('Ready', { exact: true }).waitFor({ timeout: PATIENCE });
  await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
  await button(page, 'Train').click();
  await until(
    () => fact(page, 'Step'),
    (step) => step >= 20,
  );
  // A chart that is built anew has another element for its picture's parts.
  await page.evaluate(() => {
    for (const part of Array.from(document.querySelectorAll('.chart svg > g')))
      Object.assign(part, { isFirst: true });
  });
  const before = await fact(page, 'Step');
  const tasks = await mainThreadTasks(page, () =>
    until(
      () => fact(page, 'Step'),
      (step) => step >= before + 100,
    ),
  );
  const kept = await page.evaluate(
    () => Array.from(document.querySelectorAll('.chart svg > g')).filter((part) => 'isFirst' in part).length,
  );
  const [longest] = tasks;
  console.log(
    `the longest of ${tasks.length} tasks keeps the main thread busy for ${Math.round(longest)} ms`,
  );
  expect(tasks.length).toBeGreaterThan(100);
  expect(longest).toBeLessThan(MOST_TASK_MS);
  expect(kept).toBeGreaterThan(0);

  // Nor is a picture drawn anew that shows what it showed.
  await button(page, 'Pause').click();
  await page.getByText('Paused', { exact: true }).waitFor();
  expect(await page.locator('.filters canvas').count()).toBeGreaterThan(4);
  const drawn = await page.evaluateHandle(() => {
    const count = { pictures: 0 };
    CanvasRenderingContext2D.prototype.putImageData = () => {
      count.pictures += 1;
    };
    return count;
  });
  await page.getByLabel('Learning rate').selectOption('0.01');
  await button(page, 'New run').waitFor();
  await page.waitForTimeout(200);
  expect(await drawn.evaluate(({ pictures }) => pictures)).toBe(0);
  await page.close();
});

test('nothing jumps on a walk through the panels, from the first paint on', slow, async () => {
  const page = await demo.browser.open('about:blank', { viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(PATIENCE);
  await watchShift(page);
  await page.goto(`${demo.url}?images=600&tests=300&quick#train`);
  await page.getByText('Ready', { exact: true }).waitFor();
  const tab = (name: string) => page.getByRole('tab', { name, exact: true }).click();
  await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
  await button(page, 'Train').click();
  await until(
    () => fact(page, 'Step'),
    (step) => step >= 20,
  );
  await button(page, 'Pause').click();
  await tab('Fisher');
  await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
  await button(page, 'Compute').click();
  await page.getByText('encoder.1.weight').waitFor();
  await button(page, 'Measure distances').click();
  await until(
    () => page.locator('.matrix .pending').count(),
    (pending) => pending === 0,
  );
  await tab('Task map');
  await page.locator('.map .name').first().waitFor();
  await tab('FUSE');
  await page.getByLabel('Task', { exact: true }).selectOption('0 vs rest');
  await button(page, 'Search').click();
  await page.getByText('The winning cell').first().waitFor();
  await tab('Profile');
  await button(page, 'Profile a step').click();
  await page.getByText('Every dispatch was timed').waitFor();
  await tab('Own data');
  await drawStroke(page);
  await button(page, 'Add the drawing to “first”').click();
  await page.getByText('“first” has 1 picture').waitFor();
  await tab('Draw');
  await drawStroke(page);
  await page.getByText(/^(It is|Perhaps)/).waitFor();
  const { shift, moved } = await page.evaluate(() => globalThis.pageSpeed);
  console.log(`shifts add up to ${shift.toFixed(3)}:\n${moved.join('\n')}`);
  expect(shift).toBeLessThan(MOST_SHIFT);
  await page.close();
});

test('the page asks for no font, and for nothing of other hosts', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taskgrad-fonts-'));
  try {
    await buildDemo(folder);
    const files = await readdir(folder, { recursive: true });
    expect(files.filter((name) => /\.(woff2?|ttf|otf|eot)$/.test(name))).toEqual([]);
    const styles = files.filter((name) => ['.css', '.html'].includes(extname(name)));
    for (const name of styles)
      expect(await readFile(join(folder, name), 'utf8')).not.toMatch(
        /@font-face|https?:\/\/(?!www\.w3\.org)/,
      );
  } finally {
    await rm(folder, { recursive: true });
  }
});
