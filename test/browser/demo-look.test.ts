import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { button, fact, PATIENCE, until, useDemo } from './demo';

/** Pictures of every panel are put here, to be looked at. */
const SHOTS = process.env.TASKGRAD_SHOTS;
const PANELS = ['Train', 'Fisher', 'Task map', 'FUSE', 'Draw', 'Own data', 'Profile'];
const VIEWS = [
  { scheme: 'light', width: 1440, height: 900 },
  { scheme: 'dark', width: 1440, height: 900 },
  { scheme: 'light', width: 360, height: 780 },
  { scheme: 'dark', width: 360, height: 780 },
  { scheme: 'light', width: 320, height: 640 },
] as const;
/** As Google's Web Vitals: up to this sum of shifts a page is good. */
const GOOD_SHIFT = 0.1;
/** How far the page jumped while it loaded, trained, measured and searched. */
let shift = Number.NaN;

const demo = useDemo();
let page: Page;

/** A page in which every panel has something to show. */
beforeAll(async () => {
  page = await demo.visit('train', { viewport: { width: 1440, height: 900 } });
  await page.evaluate(() => {
    Object.assign(globalThis, { shift: 0 });
    const add = (list: PerformanceObserverEntryList) => {
      for (const entry of list.getEntries()) {
        const { value, hadRecentInput } = entry as PerformanceEntry & {
          value: number;
          hadRecentInput: boolean;
        };
        if (!hadRecentInput)
          Object.assign(globalThis, { shift: (globalThis as unknown as { shift: number }).shift + value });
      }
    };
    new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
  });
  await page.getByText('Ready', { exact: true }).waitFor();
  const tab = (name: string) => page.getByRole('tab', { name, exact: true }).click();
  const rest = () => page.getByText(/^(Ready|Paused)$/).waitFor();
  await page.getByLabel('Network', { exact: true }).selectOption('Convolutional');
  await button(page, 'Train').click();
  await until(
    () => fact(page, 'Step'),
    (step) => step >= 12,
  );
  await page.getByText('test images after step').waitFor();
  await button(page, 'Pause').click();
  await rest();
  await button(page, 'A test digit').click();
  await page.getByText('A test digit of class').waitFor();
  await tab('Fisher');
  await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
  await button(page, 'Compute').click();
  await page.getByText('encoder.1.weight').waitFor();
  await button(page, 'Measure distances').click();
  await until(
    () => page.locator('.matrix .pending').count(),
    (pending) => pending === 0,
  );
  await tab('FUSE');
  await page.getByLabel('Task', { exact: true }).selectOption('0 vs rest');
  await button(page, 'Search').click();
  await page.getByText('The winning cell').first().waitFor();
  await tab('Profile');
  await button(page, 'Profile a step').click();
  await page.getByText('Every dispatch was timed').waitFor();
  await rest();
  shift = await page.evaluate(() => (globalThis as unknown as { shift: number }).shift);
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
}, 4 * PATIENCE);
afterAll(() => page?.close());

async function show(panel: string): Promise<void> {
  await page.getByRole('tab', { name: panel, exact: true }).click();
  if (panel === 'Task map') await page.locator('.map .name').first().waitFor();
  if (panel === 'Draw') {
    await page.getByRole('application').focus();
    for (const key of [' ', 'ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowRight']) {
      await page.keyboard.press(key);
    }
    await page.getByText(/^(It is|Perhaps)/).waitFor();
  }
}

describe.each(VIEWS)('in $scheme at $width px', ({ scheme, width, height }) => {
  test.each(PANELS)(
    'the %s panel fits and has no serious fault for people who read or work it otherwise',
    async (panel) => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height });
      await show(panel);
      const { content, ground } = await page.evaluate(() => ({
        content: document.documentElement.scrollWidth,
        ground: getComputedStyle(document.body).backgroundColor,
      }));
      expect(content).toBeLessThanOrEqual(width);
      expect(ground).toBe(scheme === 'light' ? 'rgb(245, 247, 249)' : 'rgb(17, 22, 27)');
      if (SHOTS) {
        const file = `${panel.toLowerCase().replace(' ', '-')}-${width}-${scheme}.png`;
        await page.waitForTimeout(500);
        await page.screenshot({ path: join(SHOTS, file), fullPage: true });
      }
      if (width < 1440) return; // the rules of axe-core do not depend on it
      const { violations } = await page.evaluate(() =>
        (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      );
      const faults = violations.map(
        ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(' ')}`,
      );
      expect(faults.filter((fault) => /^(serious|critical)/.test(fault))).toEqual([]);
    },
  );
});

test('the theme button goes from the system’s to light, to dark, and is remembered', async () => {
  await page.emulateMedia({ colorScheme: 'light' });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await button(page, /^Theme/).click();
  await button(page, 'Theme: light').click();
  expect(await theme()).toBe('dark');
  expect(await page.evaluate(() => localStorage.getItem('taskgrad.theme'))).toBe('dark');
  await button(page, 'Theme: dark').click();
  expect(await theme()).toBe('light');
});

test('nothing on the page jumped while it loaded, trained, measured and searched', () => {
  expect(shift).toBeLessThan(GOOD_SHIFT);
});
