import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { button, fact, narrowed, PATIENCE, picture, until, useDemo } from './demo';

const demo = useDemo();

const mistakes = async (page: Page) =>
  Number.parseInt((await page.getByText(/of 300 test images after step/).textContent()) ?? '', 10);

test('the Train panel shows what the network gets wrong, how, and a digit’s way through the layers', {
  timeout: 3 * PATIENCE,
}, async () => {
  const page = await demo.open('train', { viewport: { width: 1440, height: 900 } });
  await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
  expect(await button(page, 'A test digit').isDisabled()).toBe(true);
  await button(page, 'Train').click();
  await page.getByText(/of 300 test images after step/).waitFor();
  const filled = page.getByRole('progressbar');
  await expect
    .poll(() => filled.getAttribute('aria-valuenow').then(Number), { timeout: PATIENCE })
    .toBeGreaterThan(0);
  expect(await filled.getAttribute('aria-label')).toMatch(/^Epoch \d+, step \d+ of \d+$/);
  const first = await mistakes(page);
  expect(first).toBeGreaterThan(20);
  // Fewer as it learns.
  await until(
    () => mistakes(page),
    (now) => now < first / 2,
  );
  await button(page, 'Pause').click();
  await page.getByText('Paused', { exact: true }).waitFor();
  const wrong = await mistakes(page);
  const strip = page.locator('.strip li');
  expect(await strip.count()).toBe(Math.min(40, wrong));

  const cells = await page
    .locator('.confusion td')
    .evaluateAll((all) => all.slice(1).map((cell) => Number(cell.textContent)));
  expect(cells).toHaveLength(100);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  expect(sum(cells)).toBe(300);
  expect(sum(cells.filter((_, i) => i % 11 !== 0))).toBe(wrong);
  expect(await fact(page, 'Test accuracy')).toBeCloseTo(100 * (1 - wrong / 300), 1);
  // One in each chart, and more as numbers. Charts are drawn one after another, some time after what they show.
  const differentMarks = async () => {
    const texts = await page.locator('.chart text').allTextContents();
    const marks = texts.filter((text) => /^epoch \d+$/.test(text));
    return marks.length === 3 ? new Set(marks).size : 0;
  };
  await until(differentMarks, (different) => different === 1);
  const logarithmic = page.getByRole('img', { name: /^Error, logarithmic/ });
  expect(await logarithmic.locator('text').allTextContents()).toEqual(
    expect.arrayContaining(['0.1', '1', '10', '100']),
  );

  const [digit] = await strip.all();
  const [, label, answer] = /(.+) → (.+)/.exec((await digit.textContent()) ?? '') ?? [];
  await digit.getByRole('button').click();
  await page.getByText(`A test digit of class ${label}: after step`).waitFor();
  const said = await page.getByText(`A test digit of class ${label}`).textContent();
  // Between the last test and the pause it may have learnt better.
  expect(said).toMatch(/the network says \d, with [\d.]+ %/);
  expect(answer).toMatch(/^\d$/);
  expect(await digit.getByRole('button').getAttribute('aria-pressed')).toBe('true');
  const layers = await page.locator('.activations figcaption b').allTextContents();
  expect(layers).toEqual(
    ['Linear', 'ReLU', 'Linear', 'ReLU', 'Linear', 'ReLU', 'Linear', 'ReLU', 'Linear'].map(
      (name, i) => `${i + 1} ${name}`,
    ),
  );
  await picture(page, 'train-1440');

  expect(await button(page, 'My drawing').isDisabled()).toBe(true);
  await page.getByRole('tab', { name: 'Draw' }).click();
  await page.getByRole('application').focus();
  for (const key of [' ', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
  await page.getByText(/^(It is|Perhaps)/).waitFor();
  const named = /(It is|Perhaps) (\d)/.exec((await page.locator('.answer').textContent()) ?? '')?.[2];
  await page.getByRole('tab', { name: 'Train' }).click();
  await button(page, 'My drawing').click();
  await page.getByText(`the network says ${named}`).waitFor();

  const waiting = page.waitForEvent('download');
  await button(page, 'Network (ONNX)').click();
  const file = await waiting;
  expect(file.suggestedFilename()).toMatch(/^NN2-task3-step\d+\.onnx$/);
  const session = await InferenceSession.create(await readFile(await file.path()), { intraOpNumThreads: 1 });
  expect(session.outputNames).toEqual(['logits']);
  const blank = new Tensor('uint8', new Uint8Array(2 * 784), [2, 1, 28, 28]);
  const { logits } = await session.run({ [session.inputNames[0]]: blank });
  expect(logits.dims).toEqual([2, 10]);
  await session.release();

  // What was seen of the last test is there when the page is loaded again.
  await page.reload();
  await page.getByText('Paused', { exact: true }).waitFor();
  expect(await mistakes(page)).toBe(wrong);
  expect(await strip.count()).toBe(Math.min(40, wrong));
  expect(await narrowed(page, 320)).toBeLessThanOrEqual(320);
  await picture(page, 'train-320');
  await button(page, 'Reset').click();
  await button(page, 'Throw it away').click();
  await page.getByText('They appear with the first test').waitFor();
  expect(await page.locator('.activations').count()).toBe(0);
  expect(demo.complaints).toEqual([]);
  await page.close();
});
