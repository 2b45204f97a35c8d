import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { button, fact, PATIENCE, sketchBox, until, useDemo } from './demo';

const demo = useDemo();
const slow = { timeout: 3 * PATIENCE };

const answer = (page: Page) => page.locator('.answer').textContent();

async function probabilities(page: Page): Promise<number[]> {
  const texts = await page.locator('.bars .number').allTextContents();
  return texts.map((text) => Number.parseFloat(text));
}

describe('the Draw and Profile panels', slow, () => {
  test('name a drawn digit, by pointer and by keyboard, and time the kernels of a step', async () => {
    const page = await demo.open('draw');
    await page.getByText('A small network that came with the page answers').waitFor();
    await page.getByRole('tab', { name: 'Train' }).click();
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await page.getByLabel('Learning rate').selectOption('0.003');
    await button(page, 'Train').click();
    await until(
      () => fact(page, 'Step'),
      (step) => step >= 60,
    );
    await button(page, 'Pause').click();
    await page.getByText('Paused', { exact: true }).waitFor();

    await page.getByRole('tab', { name: 'Draw' }).click();
    await drawZero(page);
    await expect.poll(() => answer(page), { timeout: PATIENCE }).toContain('It is 0');
    const named = await probabilities(page);
    expect(named.reduce((sum, value) => sum + value)).toBeCloseTo(100, 0);
    expect(named[0]).toBe(Math.max(...named));
    await page.getByRole('tab', { name: 'Profile' }).click();
    await page.getByRole('tab', { name: 'Draw' }).click();
    await expect.poll(() => answer(page), { timeout: PATIENCE }).toContain('It is 0'); // the drawing is still there
    await button(page, 'Clear').click();
    expect(await answer(page)).toBe('Nothing drawn yet');

    await page.getByRole('application').focus();
    for (let i = 0; i < 9; i++) await page.keyboard.press('ArrowUp');
    await page.keyboard.press(' ');
    for (let i = 0; i < 18; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press(' ');
    await expect.poll(() => answer(page), { timeout: PATIENCE }).toMatch(/(It is|Perhaps) 1/);

    await page.getByRole('tab', { name: 'Profile' }).click();
    await workProfile(page);
    expect(demo.complaints).toEqual([]);
    await page.close();
  });
});

async function drawZero(page: Page): Promise<void> {
  const box = await sketchBox(page);
  const at = (turn: number): [number, number] => [
    box.x + box.width * (0.5 + 0.22 * Math.sin(turn)),
    box.y + box.height * (0.5 - 0.34 * Math.cos(turn)),
  ];
  await page.mouse.move(...at(0));
  await page.mouse.down();
  for (let i = 1; i <= 24; i++) await page.mouse.move(...at((2 * Math.PI * i) / 24));
  await page.mouse.up();
}

async function workProfile(page: Page): Promise<void> {
  await button(page, 'Profile a step').click();
  await page.getByText('Every dispatch was timed').waitFor();
  expect(await fact(page, 'Dispatches')).toBeGreaterThan(20);
  const rows = () => page.locator('.times [scope=row]').allTextContents();
  expect(await rows()).toContainEqual(expect.stringMatching(/^matmul/));
  await page.getByLabel('Bars for each').selectOption('Phase');
  await expect.poll(rows, { timeout: PATIENCE }).toContain('backward');
}
