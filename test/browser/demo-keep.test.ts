import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program';
import { load, makeNetwork, save } from '../../src/nas/models.node';
import { useSilence } from '../cli/experiment';
import { useGpu } from '../use-gpu';
import { button, fact, PATIENCE, until, useDemo } from './demo';

const demo = useDemo();
const held = useGpu();
useSilence();
const slow = { timeout: 3 * PATIENCE };

const paused = (page: Page) => page.getByText('Paused', { exact: true }).waitFor();
const ready = (page: Page) => page.getByText('Ready', { exact: true }).waitFor();
const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click();
const query = (page: Page) => new URL(page.url()).searchParams;

async function step(page: Page): Promise<number> {
  const before = (await fact(page, 'Step')) || 0;
  await button(page, 'Step').click();
  return until(
    () => fact(page, 'Step'),
    (value) => value === before + 1,
  );
}

/** What the chart of the loss says of itself. */
const spoken = (page: Page) => page.getByRole('img', { name: /^Training loss/ }).getAttribute('aria-label');

/** Waits until something is kept under a name. */
const kept = (page: Page, name: string) =>
  until(
    () =>
      page.evaluate(
        (name) =>
          new Promise<number>((resolve) => {
            const opening = indexedDB.open('taskgrad');
            opening.onsuccess = () => {
              const keys = opening.result.transaction('work').objectStore('work').getAllKeys();
              keys.onsuccess = () =>
                resolve(keys.result.filter((key) => String(key).endsWith(`/${name}`)).length);
            };
          }),
        name,
      ),
    (count) => count === 1,
  );

/** Changes a record's version, or with the right one cuts its tensors. */
const damage = (page: Page, name: string, version: number) =>
  page.evaluate(
    ({ name, version }) =>
      new Promise<void>((resolve, reject) => {
        const opening = indexedDB.open('taskgrad');
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('work', 'readwrite');
          const store = transaction.objectStore('work');
          const keys = store.getAllKeys();
          keys.onsuccess = () => {
            const key = keys.result.find((key) => String(key).endsWith(`/${name}`));
            if (key === undefined) return reject(new Error(`nothing is kept of ${name}`));
            const reading = store.get(key);
            reading.onsuccess = () => {
              const { value } = reading.result;
              if (version === 1) for (const one of value.net.values()) one.data = one.data.slice(1);
              store.put({ version, value }, key);
            };
          };
          transaction.oncomplete = () => resolve();
        };
      }),
    { name, version },
  );

/** A text that has not changed for a second: that of the whole drawing, not of its beginning. */
async function settled(text: Locator): Promise<string | null> {
  let last: string | null = null;
  const isSame = async () => {
    const before = last;
    last = await text.textContent();
    return last === before;
  };
  await expect.poll(isSame, { timeout: PATIENCE, interval: 1000 }).toBe(true);
  return last;
}

describe('work', slow, () => {
  test('comes back when the page is loaded again: settings, run, curves, distances, search, drawing', async () => {
    const page = await demo.open('train');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await page.getByLabel('Learning rate').selectOption('0.003');
    await page.getByLabel('Seed').fill('7');
    await page.getByLabel('Seed').blur();
    for (let i = 0; i < 3; i++) await step(page);
    await paused(page);
    expect(Object.fromEntries(query(page))).toMatchObject({ lr: '0.003', network: 'NN2', seed: '7' });

    await tab(page, 'Fisher');
    await page.getByRole('radio', { name: 'Fréchet' }).check();
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await button(page, 'Measure distances').click();
    await until(
      () => page.locator('.matrix .pending').count(),
      (pending) => pending === 0,
    );
    await ready(page);
    const distances = await page.locator('.matrix').textContent();
    await tab(page, 'FUSE');
    await page.getByLabel('Task', { exact: true }).selectOption('0 vs rest');
    await button(page, 'Search').click();
    await page.getByText('The winning cell').first().waitFor();
    const error = await fact(page, 'Test error');
    await ready(page);
    await page.getByLabel('Task', { exact: true }).selectOption('6 vs rest');
    await button(page, 'Search').click();
    await until(
      () => fact(page, 'Stage'),
      (stage) => stage >= 1,
    );
    await button(page, 'Stop').click();
    await ready(page);
    const [stage, round] = [await fact(page, 'Stage'), await fact(page, 'Round')];
    await tab(page, 'Draw');
    await page.getByRole('application').focus();
    for (const key of [' ', 'ArrowDown', 'ArrowDown', 'ArrowRight', ' ']) await page.keyboard.press(key);
    await page.getByText(/^(It is|Perhaps)/).waitFor();
    await kept(page, 'ink');
    const answer = await settled(page.locator('.answer'));

    await page.reload();
    await paused(page);
    await page.getByText('training at step 3').waitFor();
    await expect.poll(() => page.locator('.answer').textContent(), { timeout: PATIENCE }).toBe(answer);
    await tab(page, 'FUSE');
    expect([await fact(page, 'Stage'), await fact(page, 'Round')]).toEqual([stage, round]);
    await button(page, 'Go on').waitFor();
    await page.getByLabel('Task', { exact: true }).selectOption('0 vs rest');
    expect(await fact(page, 'Test error')).toBe(error);
    await tab(page, 'Fisher');
    expect(await page.getByRole('radio', { name: 'Fréchet' }).isChecked()).toBe(true);
    expect(await page.locator('.matrix').textContent()).toBe(distances);
    await tab(page, 'Train');
    expect(await page.getByLabel('Learning rate').inputValue()).toBe('0.003');
    expect(await page.getByLabel('Seed').inputValue()).toBe('7');
    expect(await spoken(page)).toContain('at step 3');
    for (let i = 0; i < 3; i++) await step(page);
    const loss = await fact(page, 'Loss');

    // The same link in another browser's window, without a pause: the same run.
    const other = await demo.visit('train');
    const link = page.url();
    await other.goto(link);
    await ready(other);
    expect(await fact(other, 'Step')).toBeNaN();
    for (let i = 0; i < 6; i++) await step(other);
    expect(await fact(other, 'Loss')).toBe(loss);
    await other.close();

    await button(page, 'Start fresh').click();
    await button(page, 'Throw all of it away').click();
    await until(
      () => fact(page, 'Step'),
      (value) => Number.isNaN(value),
    );
    await page.reload();
    await ready(page);
    await tab(page, 'Fisher');
    await expect.poll(() => page.locator('.matrix .pending').count(), { timeout: PATIENCE }).toBe(12);
    await tab(page, 'Draw');
    expect(await page.locator('.answer').textContent()).toBe('Nothing drawn yet');
    expect(demo.complaints).toEqual([]);
    await page.close();
  });

  test('that was damaged, or is of another version, is dropped, and it is said', async () => {
    const page = await demo.open('train');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    for (const [version, said] of [
      [1, /What this browser kept of the training run was dropped/],
      [99, /was dropped: it is of another version of this page/],
    ] as const) {
      await step(page);
      await kept(page, 'run');
      await damage(page, 'run', version);
      await page.reload();
      await ready(page);
      await page.getByText(said).waitFor();
      expect(await fact(page, 'Step')).toBeNaN();
      await page.reload();
      await ready(page);
      expect(await page.getByText('was dropped').count()).toBe(0);
    }
    await page.close();
  });

  test('is not kept without IndexedDB or beside another tab, and that is said', async () => {
    const page = await demo.visit('train');
    await page.route('**/worker.js', async (route) => {
      const response = await route.fetch();
      const without = `Object.defineProperty(globalThis, 'indexedDB', { value: { open() { throw new DOMException('no', 'SecurityError'); } } });`;
      await route.fulfill({ response, body: `${without}${await response.text()}` });
    });
    await page.addInitScript(() => {
      Object.defineProperty(globalThis, 'localStorage', {
        get: () => {
          throw new DOMException('no', 'SecurityError');
        },
      });
    });
    await page.reload();
    await ready(page);
    await page.getByText('This browser keeps nothing for this page').waitFor();
    await button(page, /^Theme/).click();
    await step(page);
    await paused(page);

    await page.unroute('**/worker.js');
    await page.reload();
    await ready(page);
    await page.getByText('Your work is kept in this browser.').waitFor();
    const opening = page.waitForEvent('popup');
    await page.evaluate(() => void open(location.href));
    const second = await opening;
    second.setDefaultTimeout(PATIENCE);
    await second.getByText('Another tab of this page keeps its work').waitFor();
    await page.goto('about:blank');
    await second.reload();
    await second.getByText('Your work is kept in this browser.').waitFor();
    await page.close();
  });

  test('of an address with nonsense in it falls back to defaults, and it is said', async () => {
    const page = await demo.visit('train');
    await page.goto(`${demo.url}?images=-5&lr=seven&tests=300&quick&network=NN2#nowhere`);
    await page.getByText('images=-5 is not a whole number from 1 to 60000').waitFor();
    await page.getByText('lr=seven is not a number above 0').waitFor();
    await page.getByText('There is no panel #nowhere; known are #train').waitFor();
    expect(await page.getByLabel('Learning rate').inputValue()).toBe('0.001');
    await page.close();
  });
});

describe('files of networks', slow, () => {
  test('go from the page to the command line and back, and the command line’s into the page', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'taskgrad-files-'));
    const page = await demo.open('train');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await page.getByLabel('Task', { exact: true }).selectOption('0 vs rest');
    for (let i = 0; i < 4; i++) await step(page);
    const waiting = page.waitForEvent('download');
    await button(page, 'Save').click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe('NN2-task0-step4.safetensors');
    const file = join(folder, download.suggestedFilename());
    await download.saveAs(file);
    const loaded = await load(held.gpu, file);
    expect(loaded.about).toMatchObject({ network: 'NN2', classes: ['rest', '0'], inputShape: [1, 28, 28] });
    const [{ probabilities }] = await loaded.classify(new Uint8Array(28 * 28));
    expect(probabilities.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
    const onnx = join(folder, 'digits.onnx');
    const command = ['export', '--network', file, '--out', onnx];
    await makeProgram().parseAsync(command, { from: 'user' });
    expect((await readFile(onnx)).length).toBeGreaterThan(10_000);
    for (let i = 0; i < 2; i++) await step(page);
    const loss = await fact(page, 'Loss');

    // Loaded again it goes on as if it had never been left, optimiser and order of images included.
    await page.locator('input[accept=".safetensors"]').setInputFiles(file);
    await page.getByText('The network came out of NN2-task0-step4.safetensors').waitFor();
    await paused(page);
    await button(page, 'Step').click();
    await until(
      () => fact(page, 'Step'),
      (value) => value === 5,
    );
    await step(page);
    expect(await fact(page, 'Loss')).toBe(loss);

    // One of another width, as the command line's are.
    const net = makeNetwork(held.gpu, 'NN2', { classes: 10, channels: 1, size: 28, width: 0.1 });
    const about = {
      ...{ network: 'NN2', width: 0.1, classes: [...'0123456789'], inputShape: [1, 28, 28] },
      ...{ mean: [0.13], std: [0.31] },
    };
    await save(join(folder, 'own.safetensors'), net, about);
    await page.locator('input[accept=".safetensors"]').setInputFiles(join(folder, 'own.safetensors'));
    await page.getByText('The network came out of own.safetensors').waitFor();
    expect(await page.getByLabel('Task', { exact: true }).inputValue()).toBe('3');
    await step(page);
    await paused(page);
    const text = await readFile(file);
    await writeFile(join(folder, 'cut.safetensors'), text.subarray(0, text.length - 100));
    await page.locator('input[accept=".safetensors"]').setInputFiles(join(folder, 'cut.safetensors'));
    await page.getByText(/cut\.safetensors: expected .* bytes .* Choose another file/).waitFor();
    expect(await fact(page, 'Step')).toBe(1); // the run that was there is still there
    await rm(folder, { recursive: true });
    await page.close();
  });
});
