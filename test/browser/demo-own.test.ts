import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { load } from '../../src/nas/models';
import { runPixels } from '../onnx/session';
import { useGpu } from '../use-gpu';
import { button, fact, PATIENCE, picture, sketchBox, until, useDemo } from './demo';

const SIDE = 40;
const HEADER = 54;

/** A picture as a BMP file of 24 bits. */
function bmp(
  colourAt: (x: number, y: number) => readonly [red: number, green: number, blue: number],
): Uint8Array {
  const bytes = new Uint8Array(HEADER + 3 * SIDE * SIDE);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, HEADER, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, SIDE, true);
  view.setInt32(22, -SIDE, true); // from the top down
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const [red, green, blue] = colourAt(i % SIDE, Math.floor(i / SIDE));
    bytes.set([blue, green, red], HEADER + 3 * i);
  }
  return bytes;
}

const demo = useDemo({
  flags: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
});
const blind = useDemo();
const held = useGpu();
const slow = { timeout: 4 * PATIENCE };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskgrad-own-'));
  for (const name of ['upright', 'level']) await mkdir(join(folder, name));
  for (let i = 0; i < 8; i++) {
    const at = 8 + 3 * i;
    const on = (is: boolean) => (is ? ([250, 250, 250] as const) : ([10, 10, 10] as const));
    await writeFile(
      join(folder, 'upright', `${i}.bmp`),
      bmp((x) => on(Math.abs(x - at) < 4)),
    );
    await writeFile(
      join(folder, 'level', `${i}.bmp`),
      bmp((_, y) => on(Math.abs(y - at) < 4)),
    );
  }
  await writeFile(join(folder, 'level', 'notes.txt'), 'no picture');
  await writeFile(join(folder, 'upright', 'broken.png'), Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1, 2, 3));
});
afterAll(() => rm(folder, { recursive: true }));

const said = (page: Page) => page.locator('.read').textContent();
const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click();
const trainButton = (page: Page) => button(page, 'Train on your pictures');

/** The trained network as files: `models.load` and onnxruntime read them, and say the same of a picture. */
async function filesOf(page: Page): Promise<void> {
  const downloaded = async (name: string) => {
    const waiting = page.waitForEvent('download');
    await button(page, name).click();
    return readFile(await (await waiting).path());
  };
  const { about, classify, net } = await load(
    held.gpu,
    Uint8Array.from(await downloaded('Network (safetensors)')),
  );
  expect(about).toMatchObject({ network: 'NN2', inputShape: [1, 28, 28] });
  expect([...about.classes].sort()).toEqual(['level', 'upright']);
  const level = Uint8Array.from({ length: 784 }, (_, i) =>
    Math.abs(Math.floor(i / 28) - 14) < 3 ? 250 : 10,
  );
  const [{ label, probabilities }] = await classify(level);
  expect(about.classes[label]).toBe('level');
  net.dispose();
  const { data: logits } = await runPixels(await downloaded('Network (ONNX)'), level, [1, 1, 28, 28]);
  expect(1 / (1 + Math.exp(logits[0] - logits[1]))).toBeCloseTo(probabilities[1], 3);
}

async function draw(page: Page): Promise<void> {
  const box = await sketchBox(page);
  await page.mouse.move(box.x + 30, box.y + 30);
  await page.mouse.down();
  await page.mouse.move(box.x + 120, box.y + 140);
  await page.mouse.up();
}

describe('the Own data panel', slow, () => {
  test('makes a task of a folder: trained, measured, placed among MNIST’s tasks, searched for', async () => {
    const page = await demo.open('own', { viewport: { width: 1440, height: 900 } });
    expect(await trainButton(page).isDisabled()).toBe(true);
    await page.getByLabel('Folder of pictures').setInputFiles(folder);
    await expect.poll(() => said(page), { timeout: PATIENCE }).toContain('16 pictures were read');
    expect(await said(page)).toMatch(
      /Passed over, since they are no pictures: (notes\.txt, broken\.png|broken\.png, notes\.txt)\./,
    );
    expect(await page.getByRole('list', { name: 'Classes' }).getByRole('listitem').allTextContents()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^upright 8 pictures/),
        expect.stringMatching(/^level 8 pictures/),
      ]),
    );

    // A third class of one drawing is too little, and it is said.
    await page.getByLabel('Class for drawings').fill('crooked');
    await draw(page);
    await button(page, 'Add the drawing to “crooked”').click();
    await page.getByText('“crooked” has 1 picture; 4 or more are needed').waitFor();
    expect(await trainButton(page).isDisabled()).toBe(true);
    await button(page, 'Remove the class crooked').click();

    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await trainButton(page).click();
    expect(
      await until(
        () => fact(page, 'Test accuracy'),
        (share) => share >= 0,
      ),
    ).toBe(100);

    await filesOf(page);
    await button(page, 'Compute Fisher information').click();
    await page.locator('figcaption', { hasText: 'encoder.1.weight' }).waitFor();
    await button(page, 'Measure distances to MNIST’s tasks').click();
    const closest = page.locator('.closest-own');
    await closest.waitFor({ timeout: PATIENCE });
    expect(await closest.textContent()).toMatch(
      /Closest to your pictures: (0 vs rest|6 vs rest|0,1,2,3 \+ rest|All digits), at \d/,
    );
    await page.locator('.map .name').first().waitFor();
    expect(await page.locator('.map .name').allTextContents()).toContain('Your pictures');
    const found = await closest.textContent();

    await button(page, 'Search with the closest task’s space').click();
    await page.getByText(/the dictionary has no cell for the closest task “.+”/).waitFor();
    await page
      .getByLabel('The cell for your pictures')
      .first()
      .waitFor({ timeout: 2 * PATIENCE });
    expect(await fact(page, 'Parameters')).toBeGreaterThan(0);
    expect(await page.getByRole('alert').count()).toBe(0);
    const parameters = await fact(page, 'Parameters');

    // Among MNIST's tasks it is on the task map, too, of networks of its kind.
    await tab(page, 'Task map');
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    const tasks = page.getByRole('list', { name: 'Tasks' }).getByRole('button');
    const names = ['0 vs rest', '6 vs rest', '0,1,2,3 + rest', 'All digits', 'Your pictures'];
    expect(await tasks.allTextContents()).toEqual(names);
    await tasks.last().click();
    await page.getByText(/Log-det distance of Your pictures: [\d.e-]+ to 0 vs rest, /).waitFor();
    const colours = await page
      .locator('.legend .dot')
      .evaluateAll((dots) => dots.map((dot) => getComputedStyle(dot).backgroundColor));
    expect(new Set(colours).size).toBe(5);
    await picture(page, 'map-own-1440');

    // All of it is there when the page is loaded again.
    await page.reload();
    await page.getByText('Ready', { exact: true }).waitFor();
    expect(await tasks.allTextContents()).toEqual(names);
    await tab(page, 'Own data');
    await page.getByText('upright', { exact: true }).first().waitFor();
    expect(await closest.textContent()).toBe(found);
    expect([await fact(page, 'Test accuracy'), await fact(page, 'Parameters')]).toEqual([100, parameters]);
    await page.locator('figcaption', { hasText: 'encoder.1.weight' }).waitFor();
    await draw(page);
    await page.getByText(/^It is “(upright|level)”, with/).waitFor();
    await picture(page, 'own-1440');
    // But for what was thrown away.
    await button(page, 'Remove the class level').click();
    await button(page, 'Start fresh').click();
    await button(page, 'Throw all of it away').click();
    await expect.poll(() => page.locator('.classes li').count(), { timeout: PATIENCE }).toBe(0);
    await page.reload();
    await page.getByText('Ready', { exact: true }).waitFor();
    expect(await page.locator('.classes li').count()).toBe(0);
    expect(await closest.count()).toBe(0);
    expect(demo.complaints).toEqual([]);
    await page.close();
  });

  test('takes pictures by the camera, in colour, and names what the camera sees', async () => {
    const page = await demo.open('own');
    await page.getByRole('radio', { name: 'Colour' }).check();
    await button(page, 'Use the camera').click();
    for (const name of ['one', 'other']) {
      await page.getByLabel('Class for drawings').fill(name);
      await button(page, 'Take 10').click();
      await page
        .getByText('10 pictures', { exact: true })
        .nth(name === 'one' ? 0 : 1)
        .waitFor();
    }
    await page.getByLabel('Network', { exact: true }).selectOption('Perceptron');
    await trainButton(page).click();
    await until(
      () => fact(page, 'Test accuracy'),
      (share) => share >= 0,
    );
    await page.getByText(/^It is “(one|other)”, with/).waitFor();
    await button(page, 'Stop the camera').click();
    await button(page, 'Use the camera').waitFor();
    await page.close();
  });

  test('takes files that are dropped, and says so where there is no camera', async () => {
    const page = await blind.open('own');
    const files = [
      ['0.bmp', [...bmp((x) => [x, x, x])]],
      ['no.txt', [1, 2, 3]],
    ] as const;
    await page.evaluate((files) => {
      const data = new DataTransfer();
      for (const [name, bytes] of files) data.items.add(new File([Uint8Array.from(bytes)], name));
      const drop = document.querySelector('.drop');
      drop?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }, files);
    await expect
      .poll(() => said(page), { timeout: PATIENCE })
      .toContain('Passed over, since they are no pictures: no.txt');
    await page.getByText('“first” has 1 picture').waitFor();
    await button(page, 'Use the camera').click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/camera/);
    await page.close();
  });
});
