import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CellNetwork } from '../../src/nas/cell';
import { load as loadInPage } from '../../src/nas/models';
import { encode, load, makeNetwork, type NetworkAbout, save } from '../../src/nas/models.node';
import type { Gpu } from '../../src/tensor/gpu';
import { saveTensors } from '../../src/training/checkpoint.node';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { cellOf } from './toy';

const held = useGpu();
let gpu: Gpu;
let folder: string;
beforeAll(async () => {
  ({ gpu } = held);
  folder = await mkdtemp(join(tmpdir(), 'taskgrad-networks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pictures = { classes: ['cat', 'dog', 'owl'], inputShape: [2, 6, 6], mean: [0.4, 0.6], std: [0.2, 0.3] };
const cell = cellOf('sep_conv_3x3', 3);
const about: NetworkAbout = { ...pictures, network: cell, affine: true, backbone: { cells: 3 } };
const PIXELS = 2 * 6 * 6;
const pixels = Uint8Array.from({ length: 2 * PIXELS }, (_, i) => (i * 37 + (i >> 3) * 11) % 256);

const stacked = () =>
  new CellNetwork(gpu, cell, { classes: 3, size: [6, 6], inputs: 2, affine: true, backbone: { cells: 3 } });

/** Probabilities by hand: pixels seen as the network learnt them, softmax in f64. */
async function expected(net: CellNetwork, { mean, std }: NetworkAbout): Promise<number[][]> {
  const seen = [...pixels].map((pixel, i) => {
    const channel = i % PIXELS < 36 ? 0 : 1;
    return (pixel / 255 - mean[channel]) / std[channel];
  });
  net.eval();
  const logits = await net.forward(gpu.tensor(seen, [2, 2, 6, 6])).data();
  return [0, 3].map((at) => {
    const powers = [0, 1, 2].map((i) => Math.exp(logits[at + i] - Math.max(...logits.subarray(at, at + 3))));
    return powers.map((power) => power / powers.reduce((sum, next) => sum + next));
  });
}

describe('a network in a file', () => {
  test('classifies as it did before, batch norm’s running statistics included', async () => {
    const net = stacked();
    for (let i = 0; i < 3; i++) net.forward(gpu.randn([4, 2, 6, 6], { seed: i })); // moves them
    const path = join(folder, 'cells.safetensors');
    await save(path, net, about);
    const loaded = await load(gpu, path);
    expect(loaded.about).toEqual(about);
    const found = await loaded.classify(pixels);
    const wanted = await expected(net, about);
    for (const [i, { label, name, probabilities }] of found.entries()) {
      for (const [j, probability] of probabilities.entries())
        expect(probability).toBeCloseTo(wanted[i][j], 5);
      expect(label).toBe(wanted[i].indexOf(Math.max(...wanted[i])));
      expect(name).toBe(pictures.classes[label]);
    }
  });

  test('is read from bytes, and from a file as a page is given it', async () => {
    const small = {
      ...pictures,
      network: 'NN1',
      inputShape: [1, 28, 28],
      mean: [0.1],
      std: [0.3],
      width: 0.1,
    };
    const net = makeNetwork(gpu, 'NN1', { classes: 3, width: 0.1 });
    const encoded = await encode(net, small);
    const image = new Uint8Array(784).fill(200);
    const [fromBytes] = await (await loadInPage(gpu, encoded)).classify(image);
    const file = new File([encoded.slice()], 'net.safetensors');
    expect(await (await loadInPage(gpu, file)).classify(image)).toEqual([fromBytes]);
    expect(fromBytes.probabilities.reduce((sum, next) => sum + next)).toBeCloseTo(1, 6);
  });

  test('is refused where a bit has flipped, also in what it says of the network', async () => {
    const path = join(folder, 'flipped.safetensors');
    await save(path, stacked(), about);
    const text = (await readFile(path)).toString('latin1');
    await writeFile(path, Buffer.from(text.replace('cat', 'cas'), 'latin1'));
    expect(await failure(() => load(gpu, path))).toMatchObject({
      code: 'DATA_DAMAGED',
      message: expect.stringMatching(/flipped\.safetensors, metadata taskgrad\.network: /),
    });
    await writeFile(path, Buffer.from(text.replace(/.$/s, 'x'), 'latin1'));
    expect(await failure(() => load(gpu, path))).toMatchObject({ code: 'DATA_DAMAGED' });
  });

  test('is refused if it does not say what it is of', async () => {
    const path = join(folder, 'bare.safetensors');
    await saveTensors(path, stacked().stateDict());
    expect(await failure(() => load(gpu, path))).toMatchObject({
      code: 'DATA_FORMAT',
      message: expect.stringMatching(/bare\.safetensors, metadata .*expected .*models\.save.*found none/),
    });
    await writeFile(path, 'no safetensors');
    expect(await failure(() => load(gpu, path))).toMatchObject({ message: expect.stringContaining(path) });
    expect(await failure(() => load(gpu, join(folder, 'none')))).toMatchObject({
      message: expect.stringMatching(/none: .*found nothing there/),
    });
  });

  test.each([
    [{ mean: [0.5] }, /^models\.encode: mean is 1 numbers, expected one for each of 2 channels/],
    [{ std: [1, 0] }, /^models\.encode: std is an array of 2, expected a list of numbers above 0/],
    [
      { network: { nodes: 4 } },
      /^models\.encode: network is .*expected a name of models\.NETWORK_NAMES or a genotype/,
    ],
    [{ classes: 3 }, /^models\.encode: classes is 3, expected an array of names/],
  ])('is not written with %j', async (wrong, message) => {
    const given = { ...about, ...wrong } as NetworkAbout;
    expect(await failure(() => encode(stacked(), given))).toMatchObject({
      message: expect.stringMatching(message),
    });
  });

  test('does not classify half a picture', async () => {
    const loaded = await load(gpu, await encode(stacked(), about));
    expect(await failure(() => loaded.classify(pixels.subarray(1)))).toMatchObject({
      message: 'classify: 143 bytes, expected N × 2 × 6 × 6 for N pictures of [2, 6, 6]',
    });
  });
});
