import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { decodeSafetensors } from '../../src/data/safetensors';
import { parseGenotype } from '../../src/nas/genotype';
import { load } from '../../src/nas/models';
import { runPixels } from '../onnx/session';
import { useGpu } from '../use-gpu';
import { button, fact, narrowed, PATIENCE, picture, until, useDemo } from './demo';

const demo = useDemo();
const held = useGpu();
/** Of three channels, as cells see them. */
const PIXELS = Uint8Array.from({ length: 3 * 28 * 28 }, (_, i) => (i * 37) % 256);

test('the FUSE panel searches, stops and goes on, and exports the winner in every form', {
  timeout: 5 * PATIENCE,
}, async () => {
  const page = await demo.open('fuse', { viewport: { width: 1440, height: 900 } });
  await page.getByLabel('Task', { exact: true }).selectOption('0 vs rest');
  await button(page, 'Search').click();
  const cells = page.locator('.cell svg');
  await expect.poll(() => cells.count(), { timeout: PATIENCE }).toBeGreaterThanOrEqual(3);
  // What is done stands there once.
  await page.getByText(/^Round 1 of 2: /).waitFor();
  expect(await page.locator('.status .line').textContent()).not.toMatch(/Searching.*Searching/);
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
  await namesAndRounds(page);

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
  const [{ probabilities }] = await classify(PIXELS);
  expect(probabilities).toHaveLength(2);

  // onnxruntime says of the ONNX file what our engine says of the weights.
  const { data: logits } = await runPixels(await downloaded(page, 'Network (ONNX)'), PIXELS, [1, 3, 28, 28]);
  expect(1 / (1 + Math.exp(logits[0] - logits[1]))).toBeCloseTo(probabilities[1], 3);
  const svg = (await downloaded(page, 'Picture (SVG)')).toString();
  expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  expect(svg).toContain(genotype.edges['01']);
  const png = await downloaded(page, 'Picture (PNG)');
  expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const [width, height] = (/viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? []).slice(1).map(Number);
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * width, 2 * height]);

  await button(page, 'Compare (0 of 3)').click();
  await button(page, 'Compared').waitFor();
  const rows = await page.locator('.rivals tbody tr').allTextContents();
  expect(rows.map((row) => row.replace(/[\d.]+ ± .*$/, ''))).toEqual([
    expect.stringMatching(/^FUSE: Cell [A-E]$/),
    expect.stringMatching(/^Random search: cell [0-9a-f]{16}$/),
    'By hand: Convolutional',
    'By hand: Perceptron',
  ]);
  await picture(page, 'fuse-1440');
  const study = JSON.parse((await downloaded(page, 'Study (JSON)')).toString());
  expect(study).toMatchObject({ format: 'taskgrad.study/1', search: { task: '0', winner: { genotype } } });
  expect(study.comparison.rivals.map(({ kind }: { kind: string }) => kind)).toEqual([
    ...['random', 'smallCifarNet', 'NN2'],
  ]);
  expect(rows[0]).toContain((100 * study.search.winner.testError).toFixed(2));

  // What was compared is there when the page is loaded again.
  await page.reload();
  await button(page, 'Compared').waitFor();
  expect(await page.locator('.rivals tbody tr').allTextContents()).toEqual(rows);
  const link = await page
    .getByRole('link', { name: 'link to this cell' })
    .first()
    .evaluate((one) => (one as HTMLAnchorElement).href);
  expect(await narrowed(page, 320)).toBeLessThanOrEqual(320);
  await picture(page, 'fuse-320');
  await trainsHere(page, file);
  await page.close();
  await opensByLink(link, genotype.hash, error);
  expect(demo.complaints).toEqual([]);
});

/** The page trains the network of a winner's file, and has it name drawings, though it sees three channels. */
async function trainsHere(page: Page, file: Buffer): Promise<void> {
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
  // Its layers are no chain: they are shown as one.
  await button(page, 'A test digit').click();
  await page.getByText('1 Whole network').waitFor();
  await page.getByRole('tab', { name: 'Draw', exact: true }).click();
  await page.getByRole('application').focus();
  for (const key of [' ', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
  await page.getByText(/^(It is|Perhaps) (0|rest), with/).waitFor();
}

/** A candidate is called and coloured alike wherever it stands; each round is marked. */
async function namesAndRounds(page: Page): Promise<void> {
  const rounds = await page.locator('.rounds li').allTextContents();
  expect(rounds).toHaveLength(2);
  const [first, second] = rounds.map((text) => Array.from(text.match(/Cell [A-Z]/g) ?? [], String));
  expect(first.slice(0, 3)).toEqual(['Cell A', 'Cell B', 'Cell C']);
  // The first round's winner is the second's first candidate, under the name it had.
  expect(second.slice(0, 3)).toEqual([first[3], 'Cell D', 'Cell E']);
  const cards = page.locator('.card', { has: page.getByText(/^Weight [\d.]+ %/) });
  expect(await cards.getByRole('heading').allTextContents()).toEqual(second.slice(0, 3));
  const colour = (card: number) =>
    cards
      .nth(card)
      .locator('.spot')
      .evaluate((spot) => getComputedStyle(spot).backgroundColor);
  const colours = [await colour(0), await colour(1), await colour(2)];
  expect(new Set(colours).size).toBe(3);
  const winner = page.locator('.card', { has: page.getByRole('heading', { name: `Winner: ${second[3]}` }) });
  const spot = await winner.locator('.spot').evaluate((one) => getComputedStyle(one).backgroundColor);
  expect(spot).toBe(colours[second.indexOf(second[3])]);
  const chart = page.getByRole('img', { name: /^Mixture weights over/ });
  const marks = await chart.locator('text').allTextContents();
  expect(marks).toEqual(expect.arrayContaining(['round 1', 'round 2', 'Cell A', 'Cell E']));
}

/** The link opens the page with the cell, which trains there to the same error. */
async function opensByLink(link: string, hash: string, error: number): Promise<void> {
  const page = await demo.browser.open(link);
  page.setDefaultTimeout(PATIENCE);
  await button(page, 'Train it from scratch').click();
  await page.getByRole('link', { name: 'link to this cell' }).waitFor();
  expect(await page.locator('.cell svg').last().getAttribute('aria-label')).toContain(hash);
  expect(await fact(page, 'Test error')).toBe(error);
  await page.reload();
  await page.getByRole('link', { name: 'link to this cell' }).waitFor();
  expect(await fact(page, 'Test error')).toBe(error);

  await page.goto(link.replace(/cell=\d/, 'cell=9'));
  await page.getByText(/the cell of the link begins with '9', expected 3 or 4 nodes/).waitFor();
  await page.close();
}

async function downloaded(page: Page, name: string): Promise<Buffer> {
  const waiting = page.waitForEvent('download');
  await button(page, name).click();
  return readFile(await (await waiting).path());
}
