import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as Taskgrad from '../../src/browser';
import { CellNetwork } from '../../src/nas/cell';
import { load, makeNetwork, type NetworkAbout, save } from '../../src/nas/models.node';
import { withPrefix } from '../../src/nas/prefix';
import { networkText } from '../../src/nas/saved-network';
import { saveTensors } from '../../src/training/checkpoint.node';
import { cellOf } from '../nas/toy';
import { useGpu } from '../use-gpu';
import { bundle } from './bundle';
import { openBrowser } from './harness';

declare global {
  /** What a page finds in the bundle. */
  var taskgrad: typeof Taskgrad;
}

const IMPORTS_IT = `import * as taskgrad from '/taskgrad.js';
globalThis.taskgrad = taskgrad;`;
const SHAPE = [2, 3, 12, 12];
const PIXELS = 2 * 3 * 12 * 12;
const pixels = Uint8Array.from({ length: PIXELS }, (_, i) => (i * 37 + (i >> 3) * 11) % 256);
const pictures = {
  classes: ['cat', 'dog', 'owl'],
  inputShape: SHAPE.slice(1),
  mean: [0.4, 0.5, 0.6],
  std: [0.2, 0.3, 0.25],
};

const held = useGpu();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskgrad-models-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('files of networks give the same logits in a page as in Node', async () => {
  const { gpu } = held;
  const cell = cellOf('sep_conv_3x3', 3);
  const about: NetworkAbout = { ...pictures, network: cell, affine: true, backbone: { cells: 3 } };
  const net = new CellNetwork(gpu, cell, {
    classes: 3,
    size: [12, 12],
    inputs: 3,
    affine: true,
    backbone: { cells: 3 },
  });
  for (let i = 0; i < 3; i++) net.forward(gpu.randn([4, 3, 12, 12], { seed: i })); // moves the running statistics
  await save(join(folder, 'cell'), net, about);
  const small: NetworkAbout = { ...pictures, network: 'smallCifarNet', width: 0.25 };
  const trained = makeNetwork(gpu, 'smallCifarNet', { classes: 3, channels: 3, size: 12, width: 0.25 });
  const beside = withPrefix('optimizer', [['m.w', gpu.ones([3])]]);
  await saveTensors(
    join(folder, 'checkpoint'),
    new Map([...withPrefix('net', trained.stateDict()), ...beside]),
    {},
    {
      metadata: networkText('test', small, 'net'),
    },
  );

  const browser = await openBrowser();
  try {
    const code = await bundle(fileURLToPath(new URL('../../src/browser.ts', import.meta.url)));
    browser.server.put('/taskgrad.js', { type: 'text/javascript', body: code });
    const page = await browser.page(IMPORTS_IT);
    for (const name of ['cell', 'checkpoint']) {
      const body = await readFile(join(folder, name));
      browser.server.put(`/${name}`, { type: 'application/octet-stream', body });
      const here = await load(gpu, join(folder, name));
      const inputs = Array.from(pixels, (pixel) => pixel / 128 - 1);
      const logits = [...(await here.net.forward(gpu.tensor(inputs, SHAPE)).data())];
      const there = await page.evaluate(
        async ({ name, inputs, shape, pixels }) => {
          const { openGpu, models } = globalThis.taskgrad;
          const gpu = await openGpu();
          const { net, about, classify } = await models.load(gpu, await (await fetch(`/${name}`)).blob());
          const logits = [...(await net.forward(gpu.tensor(inputs, shape)).data())];
          const said = await classify(Uint8Array.from(pixels));
          gpu.dispose();
          return { logits, said, about };
        },
        { name, inputs, shape: SHAPE, pixels: [...pixels] },
      );
      expect(there.about).toEqual(here.about);
      expect(new Set(logits).size).toBeGreaterThan(4);
      for (const [i, logit] of there.logits.entries()) expect(Math.abs(logit - logits[i])).toBeLessThan(1e-4);
      const said = await here.classify(pixels);
      expect(there.said.map(({ name }) => name)).toEqual(said.map(({ name }) => name));
    }
  } finally {
    await browser.close();
  }
});
