import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { button, PATIENCE, useDemo } from './demo';

const demo = useDemo();
const slow = { timeout: 3 * PATIENCE };

/** Numbers of the distance matrix, row by row; NaN where there is none yet. */
const matrix = (page: Page): Promise<number[]> =>
  page
    .locator('.matrix tbody td')
    .evaluateAll((cells) => cells.map((cell) => Number.parseFloat(cell.textContent ?? '')));

/** A fingerprint of what a canvas shows, and how many colours are in it. */
const look = (canvas: Locator): Promise<{ sum: number; colours: number }> =>
  canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const data = (element as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data;
    const words = new Uint32Array(data?.buffer ?? new ArrayBuffer(0));
    const sum = words.reduce((all, word, i) => (all + word * ((i % 977) + 1)) % 4294967291, 0);
    return { sum, colours: new Set(words).size };
  });

describe('the Fisher panel and the task map', slow, () => {
  test('draw the information of a network, fill the matrix and place the tasks', async () => {
    const page = await demo.open('fisher');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await page.getByLabel('Source: trained on').selectOption('6 vs rest');
    await page.getByLabel('Target: images of').selectOption('0 vs rest');
    await button(page, 'Compute').click();
    await page.getByText('encoder.1.weight').waitFor();
    expect(await page.locator('figcaption b').allTextContents()).toEqual([
      ...['encoder.1.weight', 'encoder.3.weight', 'encoder.5.weight', 'encoder.7.weight'],
      'classifier.weight',
    ]);
    const shares = await page.locator('figcaption .aside').allTextContents();
    const whole = shares.reduce((sum, text) => sum + Number.parseFloat(text), 0);
    expect(whole).toBeGreaterThan(30); // the rest is of biases
    expect(whole).toBeLessThanOrEqual(100.5);
    const layer = page.locator('.heat').first();
    const before = await look(layer);
    expect(before.colours).toBeGreaterThan(50);
    await page.getByText('looking at image 1 of').waitFor();
    await button(page, 'Next images').click();
    await page.getByText('looking at image 2 of').waitFor();
    expect((await look(layer)).sum).not.toBe(before.sum);

    const filled: number[] = [];
    await button(page, 'Measure distances').click();
    await expect
      .poll(
        async () => {
          const known = (await matrix(page)).filter((value) => !Number.isNaN(value)).length;
          if (known !== filled.at(-1)) filled.push(known);
          return known;
        },
        { timeout: PATIENCE, interval: 20 },
      )
      .toBe(16);
    expect(filled[0]).toBe(4); // the diagonal is there from the beginning
    expect(filled.length).toBeGreaterThan(3); // one by one, not all at once
    const logdet = await matrix(page);
    expect(logdet.every((value, i) => (i % 5 === 0 ? value === 0 : value > 0))).toBe(true);
    await page.getByRole('radio', { name: 'Fréchet' }).check();
    const frechet = await matrix(page);
    expect(frechet).not.toEqual(logdet);
    expect(frechet.every((value) => value <= 1)).toBe(true);

    await page.getByRole('tab', { name: 'Task map' }).click();
    expect(await page.getByRole('radio', { name: 'Fréchet' }).isChecked()).toBe(true); // as it was chosen before
    await page.getByRole('radio', { name: 'Log-det' }).check();
    await workMap(page, logdet);
    await page.close();
  });

  test('stops measuring when asked, and goes on from there', async () => {
    const page = await demo.open('fisher');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await button(page, 'Measure distances').click();
    await expect
      .poll(async () => (await matrix(page)).filter((v) => v > 0).length, { timeout: PATIENCE, interval: 20 })
      .toBeGreaterThan(0);
    await button(page, 'Stop').click();
    await page.getByText('Ready', { exact: true }).waitFor();
    const part = await matrix(page);
    await button(page, 'Measure distances').click();
    await expect.poll(async () => (await matrix(page)).some(Number.isNaN), { timeout: PATIENCE }).toBe(false);
    const whole = await matrix(page);
    expect(whole.filter((_, i) => !Number.isNaN(part[i]))).toEqual(
      part.filter((value) => !Number.isNaN(value)),
    );
    await page.close();
  });
});

async function workMap(page: Page, logdet: readonly number[]): Promise<void> {
  const canvas = page.locator('.map canvas');
  await expect.poll(async () => (await look(canvas)).colours, { timeout: PATIENCE }).toBeGreaterThan(30);
  const box = await canvas.boundingBox();
  if (!box) throw new Error('the map is not to be seen');
  const [x, y] = [box.x + box.width / 2, box.y + 40];
  const changed = async (act: () => Promise<void>) => {
    const { sum } = await look(canvas);
    await act();
    await expect.poll(async () => (await look(canvas)).sum, { timeout: PATIENCE }).not.toBe(sum);
  };
  await changed(async () => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 80, y + 10, { steps: 4 });
    await page.mouse.up();
  });
  await changed(() => page.mouse.wheel(0, -300));
  await page.getByRole('application').focus();
  await changed(() => page.keyboard.press('ArrowLeft'));
  await changed(() => page.keyboard.press('+'));
  await page.keyboard.press('Home');

  // Where a name stands there is its ball, a little below.
  const name = await page.locator('.map .name', { hasText: '6 vs rest' }).boundingBox();
  if (!name) throw new Error('the name is not to be seen');
  await page.mouse.move(name.x + 20, name.y + 32);
  const spoken = page.locator('.legend [aria-live]');
  await expect
    .poll(() => spoken.textContent(), { timeout: PATIENCE })
    .toContain('Log-det distance of 6 vs rest');
  const [to, from] = [logdet[4], logdet[1]];
  const told = /([\d.]+) to 0 vs rest/.exec((await spoken.textContent()) ?? '');
  expect(Number(told?.[1])).toBeCloseTo((to + from) / 2, 2);
  await page.mouse.move(box.x + 5, box.y + 5);
  await page.getByText('Point at a task').waitFor();

  await demo.browser.crashGpu();
  await page.getByText('was lost and is back').waitFor();
  await page.getByRole('application').focus();
  await changed(() => page.keyboard.press('ArrowLeft'));
}
