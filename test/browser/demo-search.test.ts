import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { decodeSafetensors } from '../../src/data/safetensors';
import { parseGenotype } from '../../src/nas/genotype';
import { load } from '../../src/nas/models';
import { useGpu } from '../use-gpu';
import { button, fact, PATIENCE, until, useDemo } from './demo';

const demo = useDemo();
const held = useGpu();

test('the FUSE panel searches, stops and goes on, and exports the winner with its weights', {
  timeout: 3 * PATIENCE,
}, async () => {
  const page = await demo.open('fuse');
  await page.getByLabel('Task', { exact: true }).selectOption('0 vs rest');
  await button(page, 'Search').click();
  const cells = page.locator('.cell svg');
  await expect.poll(() => cells.count(), { timeout: PATIENCE }).toBeGreaterThanOrEqual(3);
  await until(
    () => fact(page, 'Stage'),
    (stage) => stage >= 1,
  );
  await button(page, 'Stop').click();
  await page.getByText('Ready', { exact: true }).waitFor();
  const [stage, round] = [await fact(page, 'Stage'), await fact(page, 'Round')];

  await button(page, /Go on/).click();
  await page.getByText('The winning cell').first().waitFor();
  expect(round > 1 || stage >= 1, `stopped in round ${round} after ${stage} stages`).toBe(true);
  const weights = await page.getByText(/^Weight [\d.]+ %/).allTextContents();
  expect(weights.reduce((sum, text) => sum + Number.parseFloat(text.slice(7)), 0)).toBeCloseTo(100, 0);
  expect(weights.filter((text) => text.includes('wins'))).toHaveLength(1);
  await page
    .getByText(/^Trained from scratch on 96 of the task’s 1\d\d training images, then tested/)
    .waitFor();
  const error = await fact(page, 'Test error');
  expect(error).toBeGreaterThanOrEqual(0);
  expect(error).toBeLessThan(50);

  const genotype = parseGenotype(JSON.parse((await downloaded(page, 'Genotype (JSON)')).toString()));
  expect(await cells.last().getAttribute('aria-label')).toContain(genotype.hash);
  const file = await downloaded(page, 'Weights (safetensors)');
  const { tensors, metadata } = decodeSafetensors(file, 'weights');
  expect(JSON.parse(metadata.genotype)).toEqual(genotype);
  expect(tensors.get('classifier.weight')?.shape).toEqual([2, 3 * 3 * 28 * 28]);
  const trained = [...tensors.values()].every(({ data }) => data.every(Number.isFinite));
  expect(trained).toBe(true);
  const { about, classify } = await load(held.gpu, Uint8Array.from(file));
  expect(about).toMatchObject({ network: genotype, inputShape: [3, 28, 28], affine: true });
  const [{ probabilities }] = await classify(new Uint8Array(3 * 28 * 28));
  expect(probabilities).toHaveLength(2);

  // The page trains such a file's network, and has it name drawings, though it sees three channels.
  await page.getByRole('tab', { name: 'Train', exact: true }).click();
  const mimeType = 'application/octet-stream';
  const chosen = { name: 'winner.safetensors', mimeType, buffer: file };
  await page.locator('input[accept=".safetensors"]').setInputFiles(chosen);
  await page.getByText('The network came out of winner.safetensors').waitFor();
  expect(await page.getByLabel('Task', { exact: true }).inputValue()).toBe('0');
  await button(page, 'Step').click();
  await until(
    () => fact(page, 'Step'),
    (step) => step === 1,
  );
  await page.getByText('The network came out of winner.safetensors').waitFor();
  await page.getByRole('tab', { name: 'Draw', exact: true }).click();
  await page.getByRole('application').focus();
  for (const key of [' ', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
  await page.getByText(/^(It is|Perhaps) (0|rest), with/).waitFor();
  expect(demo.complaints).toEqual([]);
  await page.close();
});

async function downloaded(page: Page, name: string): Promise<Buffer> {
  const waiting = page.waitForEvent('download');
  await button(page, name).click();
  return readFile(await (await waiting).path());
}
