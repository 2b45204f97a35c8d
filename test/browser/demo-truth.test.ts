import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { button, fact, PATIENCE, sketchBox, until, useDemo } from './demo';

const demo = useDemo();
const slow = { timeout: 3 * PATIENCE };

const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click();
const status = (page: Page, text: string) =>
  page.locator('.status').getByText(text, { exact: true }).waitFor();
const trained = (page: Page, least: number) =>
  until(
    () => fact(page, 'Step'),
    (step) => step >= least,
  );

describe('what the page says', slow, () => {
  test('of settings that are not the run’s, of what is thrown away, and of what waits is true', async () => {
    const page = await demo.open('train');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await button(page, 'Train').click();
    await trained(page, 10);
    await page.getByLabel('Learning rate').selectOption('0.01');
    await page.getByText('Learning rate applies to a new run. This one goes on with').waitFor();
    await page.getByText('learning rate 0.001, batches of 64').waitFor();
    const before = await fact(page, 'Step');
    await trained(page, before + 5); // it did not begin anew

    await button(page, 'New run').click();
    await page.getByText('takes the place of this one, whose network').waitFor();
    await button(page, 'Cancel').click();
    await button(page, 'Back to this run’s settings').click();
    expect(await page.getByLabel('Learning rate').inputValue()).toBe('0.001');
    expect(await page.getByText('applies to a new run').count()).toBe(0);

    // Fisher information displaces training, which says so and goes on afterwards.
    await tab(page, 'Fisher');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await button(page, 'Compute').click();
    await page.getByText('training waits meanwhile, and goes on after it').waitFor();
    await page.getByText('encoder.1.weight').waitFor();
    await status(page, 'Training');
    await tab(page, 'Train');
    await trained(page, (await fact(page, 'Step')) + 5);
    expect(new URL(page.url()).searchParams.get('lr')).toBe('0.001');

    await page.getByLabel('Learning rate').selectOption('0.003');
    await button(page, 'New run').click();
    await button(page, 'Begin the new run').click();
    await page.getByText('applies to a new run').waitFor({ state: 'detached' });
    expect(await page.getByLabel('Learning rate').inputValue()).toBe('0.003'); // it is the run's now
    await trained(page, 1);
    await button(page, 'Pause').click();
    await status(page, 'Paused');
    await page.getByText(/^training at step \d+$/).waitFor();

    // What was measured meanwhile is not paused.
    await tab(page, 'Fisher');
    await button(page, 'Measure distances').click();
    await status(page, 'Measuring');
    await button(page, 'Stop').click();
    await status(page, 'Ready');
    await tab(page, 'Train');
    await button(page, 'Load').click();
    await page.getByText('A network out of a file takes the place of this one').waitFor();
    await button(page, 'Cancel').click();
    await button(page, 'Reset').click();
    await button(page, 'Cancel').click();
    expect(await fact(page, 'Step')).toBeGreaterThan(0);
    expect(demo.complaints).toEqual([]);
    await page.close();
  });

  test('of what is chosen in a panel as soon as it is there: it is what runs', async () => {
    const page = await demo.open('draw');
    await page.evaluate(() => {
      const choose = (_: unknown, observer: MutationObserver) => {
        const select = document.querySelector('select');
        if (!select) return;
        observer.disconnect();
        select.value = '0';
        select.dispatchEvent(new Event('change', { bubbles: true }));
      };
      new MutationObserver(choose).observe(document.body, { childList: true, subtree: true });
    });
    await tab(page, 'FUSE');
    await button(page, 'Search').click();
    await page.locator('.facts').getByText('0 vs rest', { exact: true }).waitFor();
    await button(page, 'Stop').click();
    await status(page, 'Ready');
    await page.close();
  });

  test('of a lost device goes away by itself, and tells what was made again', async () => {
    const page = await demo.open('train');
    await page.clock.install();
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await button(page, 'Train').click();
    await page.clock.resume();
    await trained(page, 10);
    await demo.browser.crashGpu();
    await page.getByText(/is back\. (The run goes on|Steps? \d+)/).waitFor();
    await trained(page, 30);
    await button(page, 'Pause').click();
    await status(page, 'Paused');
    await page.clock.fastForward(13_000);
    await page.getByText('is back').waitFor({ state: 'detached' });
    await page.close();
  });
});

describe('the drawing area', slow, () => {
  /** Pixels that are drawn on. */
  const ink = (page: Page) =>
    page.locator('.sketch canvas').evaluate((canvas) => {
      const { data } = (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, 280, 280) ?? {
        data: [],
      };
      let count = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count++;
      return count;
    });

  test('takes one pointer at a time, its primary button, and ends a stroke that is cancelled', async () => {
    const page = await demo.open('draw', { hasTouch: true });
    const box = await sketchBox(page);
    const at = (x: number, y: number) => ({ x: box.x + x * box.width, y: box.y + y * box.height });
    const session = await page.context().newCDPSession(page);
    const touch = (
      type: 'touchStart' | 'touchMove' | 'touchEnd' | 'touchCancel',
      ...points: [number, number][]
    ) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: points.map(([x, y], id) => ({ ...at(x, y), id })),
      });

    const corner = at(0.9, 0.9);
    await page.mouse.move(corner.x, corner.y);
    await page.mouse.down({ button: 'right' });
    await page.mouse.move(corner.x - 60, corner.y);
    await page.mouse.up({ button: 'right' });
    expect(await ink(page)).toBe(0);

    await touch('touchStart', [0.2, 0.2]);
    await touch('touchMove', [0.3, 0.2]);
    const begun = await ink(page);
    expect(begun).toBeGreaterThan(300);
    await touch('touchCancel');
    await page.mouse.move(corner.x, corner.y);
    await page.mouse.move(corner.x - 100, corner.y);
    expect(await ink(page)).toBe(begun); // a mouse that moves draws no line

    await touch('touchStart', [0.2, 0.5]);
    const one = await ink(page);
    await touch('touchStart', [0.2, 0.5], [0.8, 0.9]);
    await touch('touchMove', [0.2, 0.5], [0.8, 0.8]);
    expect(await ink(page)).toBe(one); // the second finger draws nothing
    await touch('touchMove', [0.3, 0.5], [0.8, 0.7]);
    await touch('touchEnd');
    const two = await ink(page);
    expect(two).toBeGreaterThan(one);
    expect(two).toBeLessThan(one + 1.5 * 22 * 28 + 400); // a line to the right, not a zigzag
    expect(demo.complaints).toEqual([]);
    await page.close();
  });

  test('is read once in a frame, however many moves come', async () => {
    const page = await demo.open('draw');
    await page.evaluate(() => {
      const { getImageData } = CanvasRenderingContext2D.prototype;
      Object.assign(globalThis, { reads: 0 });
      CanvasRenderingContext2D.prototype.getImageData = function (...given) {
        (globalThis as unknown as { reads: number }).reads++;
        return getImageData.apply(this, given);
      };
    });
    const box = await sketchBox(page);
    await page.mouse.move(box.x + 60, box.y + 60);
    await page.mouse.down();
    const { reads, moves } = await page.locator('.sketch canvas').evaluate(async (canvas) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      await frame();
      await frame();
      const before = (globalThis as unknown as { reads: number }).reads;
      const moves = 40;
      for (let i = 0; i < moves; i++) {
        const place = { clientX: 100 + i, clientY: 300, pointerId: 1, isPrimary: true, bubbles: true };
        canvas.dispatchEvent(new PointerEvent('pointermove', place));
      }
      await frame();
      await frame();
      return { reads: (globalThis as unknown as { reads: number }).reads - before, moves };
    });
    await page.mouse.up();
    expect(moves).toBe(40);
    expect(reads).toBe(1);
    await page.close();
  });
});
