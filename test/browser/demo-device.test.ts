import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { button, fact, PATIENCE, until, useDemo } from './demo';

const demo = useDemo();
const slow = { timeout: 3 * PATIENCE };

/** Keeps every device that the page's engine opens, so that it can be taken away. */
async function watchDevices(page: Page): Promise<() => Promise<void>> {
  const [worker] = page.workers();
  await worker.evaluate(() => {
    const { createCommandEncoder } = GPUDevice.prototype;
    GPUDevice.prototype.createCommandEncoder = function (...given) {
      Object.assign(globalThis, { device: this });
      return createCommandEncoder.apply(this, given);
    };
  });
  return () => worker.evaluate(() => (globalThis as unknown as { device: GPUDevice }).device.destroy());
}

async function steps(page: Page, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const before = (await fact(page, 'Step')) || 0;
    await button(page, 'Step').click();
    await until(
      () => fact(page, 'Step'),
      (step) => step === before + 1,
    );
    await page.getByText('Paused', { exact: true }).waitFor();
  }
}

describe('a lost device', slow, () => {
  test('while nothing runs is opened again, and the run goes on as one that never lost it', async () => {
    const page = await demo.open('train');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    const lose = await watchDevices(page);
    await steps(page, 4);
    await lose();
    await page.getByText('was lost and is back. The run goes on from step 4').waitFor();
    // The message goes away by itself after a while, too.
    await button(page, 'Dismiss').click();
    expect(await page.getByText('was lost and is back').count()).toBe(0);
    await page.getByText('Paused', { exact: true }).waitFor();
    await steps(page, 4);
    const disturbed = await fact(page, 'Loss');

    await button(page, 'Reset').click();
    await button(page, 'Throw it away').click();
    await page.getByText('Ready', { exact: true }).waitFor();
    await steps(page, 8);
    expect(await fact(page, 'Loss')).toBe(disturbed);
    await page.close();
  });

  test('in the middle of training, with the whole GPU process, is opened again and training goes on', async () => {
    const page = await demo.open('train');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await button(page, 'Train').click();
    const step = await until(
      () => fact(page, 'Step'),
      (value) => value >= 10,
    );
    await demo.browser.crashGpu();
    await page.getByText('was lost and is back').waitFor();
    await until(
      () => fact(page, 'Step'),
      (value) => value > step + 10,
    );
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.close();
  });
});

test('without its server, the page says so, and what to do', slow, async () => {
  const page = await demo.open('train');
  await page.route('**/data/**', (route) => route.abort());
  await page.reload();
  expect(await page.getByRole('alert').textContent()).toMatch(/expected an answer.*Try again/);
  await page.close();
});
