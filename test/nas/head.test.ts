import { beforeAll, describe, expect, test } from 'vitest';
import { CellNetwork } from '../../src/nas/cell';
import { search } from '../../src/nas/search';
import { completeSettings, settingsRecord } from '../../src/nas/settings';
import { Supernet } from '../../src/nas/supernet';
import { trainWinner } from '../../src/nas/train-winner';
import type { Gpu } from '../../src/tensor/gpu';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';
import { CLASSES, cellOf, SIZE, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

const FORM = { classes: CLASSES, size: [SIZE, SIZE] } as const;
const copies = cellOf('skip_connect', 3);

describe('the head of a lone cell', () => {
  test('has a weight for every pixel, or with the mean for every channel, and a bias a class', () => {
    // Of three nodes the last one joins two, with two channels each. The cell itself has no parameters.
    const features = 2 * 2;
    for (const [head, inputs] of [
      [undefined, features * SIZE * SIZE],
      ['flat', features * SIZE * SIZE],
      ['mean', features],
    ] as const) {
      const network = new CellNetwork(gpu, copies, { ...FORM, head });
      expect(network.headParameterCount(), head).toBe((inputs + 1) * CLASSES);
      expect(network.parameterCount(), head).toBe((inputs + 1) * CLASSES);
      network.dispose();
    }
  });

  test('leaves the cell its own: dil_conv_3x3 has 9 C + C² weights an edge', () => {
    const network = new CellNetwork(gpu, cellOf('dil_conv_3x3', 3), { ...FORM, head: 'mean' });
    expect(network.parameterCount() - network.headParameterCount()).toBe(3 * (9 * 2 + 2 ** 2));
    network.dispose();
  });

  test('by the mean sees the mean of every channel', async () => {
    const network = new CellNetwork(gpu, copies, { ...FORM, head: 'mean' });
    network.classifier.weight.write([1, 0, 0, 0, 0, 10, 0, 0, 0, 0, 100, 0]);
    network.classifier.bias?.write([0, 0, 0]);
    // Channel 0 is 1 and 3 in halves, channel 1 is 5 everywhere. Edges 02 and 12 copy them: features 2, 5, 2, 5.
    const plane = SIZE * SIZE;
    const values = Float32Array.from({ length: 2 * plane }, (_, i) =>
      i >= plane ? 5 : i % plane < plane / 2 ? 1 : 3,
    );
    const logits = await network.forward(gpu.tensor(values, [1, 2, SIZE, SIZE])).data();
    expect([...logits]).toEqual([2, 50, 200]);
    network.dispose();
  });

  test('by the mean stands behind a stem where images have not the cell’s channels', async () => {
    const cell = cellOf('skip_connect', 3);
    const network = new CellNetwork(gpu, cell, { ...FORM, head: 'mean', inputs: 1 });
    // One image channel to two by 3 × 3 weights, without bias; batch norm as in the search has none.
    expect(network.parameterCount() - network.headParameterCount()).toBe(2 * 1 * 9);
    expect([...network.parameters().keys()][0]).toBe('stem.0.weight');
    const logits = network.forward(gpu.rand([5, 1, SIZE, SIZE]));
    expect(logits.shape).toEqual([5, CLASSES]);
    expect(() => network.forward(gpu.rand([5, 2, SIZE, SIZE]))).toThrow('the genotype expects [N,1,H,W]');
    network.dispose();
  });

  test('of a stack is the mean already: a flat one is refused', async () => {
    const stack = () => new CellNetwork(gpu, copies, { ...FORM, backbone: { cells: 3 }, head: 'flat' });
    expect(await failure(stack)).toMatchObject({
      code: 'SEARCH_OPTION',
      message: expect.stringMatching(/leave the head out/),
    });
  });

  test('is named when it is none of the two', async () => {
    const wrong = () => Reflect.construct(CellNetwork, [gpu, copies, { ...FORM, head: 'max' }]);
    expect(await failure(wrong)).toMatchObject({ message: expect.stringContaining("'flat' or 'mean'") });
  });
});

describe('a search with the mean', () => {
  test('judges other networks than one with every pixel, and says so in its saved settings', async () => {
    const averaged = { ...toySettings, head: 'mean' } as const;
    for (const method of ['fuse', 'random', 'darts'] as const) {
      const [flat, mean] = [
        await search(gpu, method, data, toySettings),
        await search(gpu, method, data, averaged),
      ];
      expect(mean.rounds[0].candidateValidationLoss, method).not.toEqual(
        flat.rounds[0].candidateValidationLoss,
      );
    }
    const record = settingsRecord(completeSettings(averaged, data), data);
    expect(record).toMatchObject({ head: 'mean' });
  });

  test('trains its winner with it', async () => {
    const seen = { images: data.images, split: data.validation };
    const options = { epochs: 1, batchSize: 24, seed: 1, head: 'mean' } as const;
    const { network } = await trainWinner(gpu, data, seen, copies, options);
    expect(network.classifier.weight.shape).toEqual([CLASSES, 4]);
    network.dispose();
  });

  test('by DARTS has a supernet with it', () => {
    const supernet = new Supernet(gpu, {
      nodes: 3,
      channels: 2,
      operations: ['skip_connect'],
      classes: CLASSES,
      image: [2, SIZE, SIZE],
      head: 'mean',
    });
    expect(supernet.classifier.weight.shape).toEqual([CLASSES, 4]);
    supernet.dispose();
  });
});
