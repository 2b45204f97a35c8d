import { describe, expect, test } from 'vitest';
import { button, fact, PATIENCE, until, useDemo } from './demo';

const demo = useDemo();
const slow = { timeout: 3 * PATIENCE };
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1];

describe('the Train panel', slow, () => {
  test('trains while the page stays responsive, pauses, steps and resets', async () => {
    const page = await demo.open('train');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await page.evaluate(() => {
      const gaps: number[] = [];
      Object.assign(globalThis, { takeGaps: () => gaps.splice(0) });
      let last = performance.now();
      const frame = (now: number) => {
        gaps.push(now - last);
        last = now;
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
    });
    /** Milliseconds between the frames that were drawn since the last call. */
    const gaps = () => page.evaluate(() => (globalThis as unknown as { takeGaps(): number[] }).takeGaps());
    const idle: number[] = [];
    await until(
      async () => idle.push(...(await gaps())),
      (count) => count >= 20,
    );
    await button(page, 'Train').click();
    const loss = () => fact(page, 'Loss');
    const first = await until(loss, (value) => value > 0);
    const from = await fact(page, 'Step');
    await gaps(); // those while kernels were compiled
    const to = await until(
      () => fact(page, 'Step'),
      (step) => step >= from + 60,
    );
    const busy = await gaps();
    expect(await loss()).toBeLessThan(first);
    expect(await fact(page, 'Speed')).toBeGreaterThan(0);
    // A page that waited for its steps would draw a frame for each of them; on a fast GPU none is held up for long.
    const step = busy.reduce((sum, gap) => sum + gap, 0) / (to - from);
    expect(median(busy)).toBeLessThan(Math.max(step / 2, 2 * median(idle)));

    await until(
      () => fact(page, 'Test accuracy'),
      (accuracy) => accuracy > 20,
    );
    await button(page, 'Pause').click();
    await page.getByText('Paused', { exact: true }).waitFor();
    const paused = await fact(page, 'Step');
    expect(await page.locator('.filters canvas').count()).toBe(18);
    await button(page, 'Step').click();
    await until(
      () => fact(page, 'Step'),
      (step) => step === paused + 1,
    );
    expect(await page.getByRole('img', { name: `at step ${paused + 1} it is` }).count()).toBe(3);

    await page.getByText('Paused', { exact: true }).waitFor();
    await button(page, 'Reset').click();
    await button(page, 'Throw it away').click();
    await page.getByText('Ready', { exact: true }).waitFor();
    expect(await fact(page, 'Step')).toBeNaN();
    expect(await page.locator('.filters canvas').count()).toBe(0);
    await page.close();
  });

  test('goes on while the page is hidden', async () => {
    const page = await demo.open('train');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { get: () => true });
      globalThis.requestAnimationFrame = () => 0; // as in a hidden page, where no frame comes
    });
    await button(page, 'Train').click();
    await expect.poll(() => page.getByText(/^Paused|Training$/).count(), { timeout: PATIENCE }).toBe(1);
    await until(
      () => fact(page, 'Step'),
      (step) => step >= 5,
    );
    await page.close();
  });

  test('works in two pages at once', async () => {
    const pages = await Promise.all([demo.open('train'), demo.open('train')]);
    for (const page of pages) {
      await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
      await button(page, 'Train').click();
    }
    for (const page of pages)
      await until(
        () => fact(page, 'Step'),
        (step) => step >= 10,
      );
    for (const page of pages) await page.close();
  });
});

test('nothing is asked of other hosts, and the console stays empty', () => {
  expect(demo.requests.length).toBeGreaterThan(10);
  expect(demo.requests.filter((url) => !url.startsWith(demo.url) && !url.startsWith('data:'))).toEqual([]);
  expect(demo.complaints).toEqual([]);
});
