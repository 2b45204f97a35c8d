import { beforeAll, describe, expect, test, vi } from 'vitest';
import { trainWinner, type WinnerOptions } from '../../src/nas/train-winner';
import { Adam } from '../../src/optim/adam';
import type { Split } from '../../src/tasks/task';
import type { Gpu } from '../../src/tensor/gpu';
import { evaluate } from '../../src/training/evaluate';
import { evaluateTogether } from '../../src/training/evaluate-together';
import { useGpu } from '../use-gpu';
import { cellOf, toyData } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

/** Images of a split that have one of these labels. */
function only({ indices, labels }: Split, ...wanted: number[]): Split {
  const places = [...labels.keys()].filter((i) => wanted.includes(labels[i]));
  return {
    indices: Uint32Array.from(places, (i) => indices[i]),
    labels: Int32Array.from(places, (i) => labels[i]),
  };
}

async function train(splits: { train: Split; validation: Split }, test: Split, options: WinnerOptions) {
  const images = { ...data, ...splits };
  const seen = { images: data.images, split: test };
  const { network, ...facts } = await trainWinner(gpu, images, seen, cellOf('dil_conv_3x3', 3), options);
  network.dispose();
  return facts;
}

describe('train winner', () => {
  test('knows a class that only the validation images show', async () => {
    const { train: shown, validation } = data;
    const splits = { train: only(shown, 0, 1), validation: only(validation, 2) };
    const options = { epochs: 12, batchSize: 20, seed: 1, lr: 0.02 };
    expect((await train(splits, only(shown, 2), options)).test.accuracy).toBeGreaterThan(0.8);
  });

  test('stacks as many cells as the search did', async () => {
    const options = { epochs: 1, batchSize: 24, seed: 1, backbone: { cells: 3 } };
    const seen = { images: data.images, split: data.validation };
    const { network } = await trainWinner(gpu, data, seen, cellOf('skip_connect', 3), options);
    // Two reductions double the channels twice; a cell of three nodes ends with both of its later ones.
    expect(network.stateDict().get('classifier.weight')?.shape).toEqual([3, 2 * 2 * 2 * 2]);
    network.dispose();
  });

  test('changes the training images: of what a crop moves out of sight nothing is learnt', async () => {
    const options = { epochs: 12, batchSize: 24, seed: 1, lr: 0.02, augment: { crop: 200, flip: false } };
    const { history } = await train(data, data.train, options);
    expect(history[11].loss).toBeGreaterThan(0.9 * Math.log(3));
  });

  /** The rate at the end of each of four epochs, from 0.02 on. */
  async function ratesOf(options: Partial<WinnerOptions>): Promise<number[]> {
    // An epoch ends with a smaller batch, whose step JavaScript makes.
    let rate = Number.NaN;
    const { step } = Adam.prototype;
    const spy = vi.spyOn(Adam.prototype, 'step').mockImplementation(function (this: Adam) {
      rate = this.lr;
      step.call(this);
    });
    const rates: number[] = [];
    const onEpoch = () => void rates.push(rate);
    try {
      await train(data, data.train, { epochs: 4, batchSize: 50, seed: 1, lr: 0.02, onEpoch, ...options });
    } finally {
      spy.mockRestore();
    }
    return rates;
  }

  test('lets the rate fall by a cosine from its first value to 0, which no epoch has', async () => {
    const cosines = [1, Math.SQRT1_2, 0, -Math.SQRT1_2];
    expect(await ratesOf({})).toEqual(cosines.map((cosine) => expect.closeTo(0.01 * (1 + cosine), 12)));
  });

  test('keeps a constant rate where that is asked for', async () => {
    expect(await ratesOf({ schedule: 'constant' })).toEqual([0.02, 0.02, 0.02, 0.02]);
  });

  test('tests in evaluation mode, or so many images together by their own statistics', async () => {
    const options = { epochs: 1, batchSize: 24, seed: 1 };
    const seen = { images: data.images, split: data.validation };
    const cell = cellOf('dil_conv_3x3', 3);
    const plain = await trainWinner(gpu, data, seen, cell, options);
    expect(plain.test).toEqual(await evaluate(plain.network, data.images, data.validation, 24));
    const together = await trainWinner(gpu, data, seen, cell, { ...options, testTogether: 12 });
    expect(together.test).toEqual(await evaluateTogether(plain.network, data.images, data.validation, 12));
    expect(together.test.loss).not.toBeCloseTo(plain.test.loss, 3);
    for (const { network } of [plain, together]) network.dispose();
  });

  test('learns scale and shift of batch norm, or leaves them out', async () => {
    const options = { epochs: 1, batchSize: 24, seed: 1 };
    const seen = { images: data.images, split: data.validation };
    const shapesOf = async (affine?: boolean) => {
      const { network } = await trainWinner(gpu, data, seen, cellOf('dil_conv_3x3', 3), {
        ...options,
        affine,
      });
      const norms = [...network.parameters()].filter(([, { shape }]) => shape.length === 1);
      network.dispose();
      return norms.map(([, { shape }]) => shape);
    };
    // Three edges of two channels, a scale and a shift each, and the head's bias of three classes.
    expect(await shapesOf()).toEqual([[2], [2], [2], [2], [2], [2], [3]]);
    expect(await shapesOf(false)).toEqual([[3]]);
  });
});
