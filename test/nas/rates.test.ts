import { beforeAll, describe, expect, test, vi } from 'vitest';
import { evaluateGenotype } from '../../src/nas/evaluate-genotype';
import { randomSearch } from '../../src/nas/methods/random-search';
import { completeSettings } from '../../src/nas/settings';
import { trainWinner } from '../../src/nas/train-winner';
import { Adam } from '../../src/optim/adam';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';
import { cellOf, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

/** The learning rates of the steps that JavaScript makes meanwhile, each once. */
async function ratesOf(work: () => Promise<unknown>): Promise<number[]> {
  const rates = new Set<number>();
  const { step } = Adam.prototype;
  const spy = vi.spyOn(Adam.prototype, 'step').mockImplementation(function (this: Adam) {
    rates.add(this.lr);
    step.call(this);
  });
  try {
    await work();
  } finally {
    spy.mockRestore();
  }
  return [...rates];
}

const cell = cellOf('skip_connect', 3);
const brief = { batchSize: 16, seed: 1 };

describe('learning rates', () => {
  test('of a search are 0.001 for the weights and 0.01 for α by default', () => {
    expect(completeSettings(toySettings, data)).toMatchObject({ weightLr: 0.001, alphaLr: 0.01 });
  });

  test('of a cell that is evaluated is 0.001 by default', async () => {
    const evaluate = () => evaluateGenotype(gpu, data, cell, { ...brief, steps: 2 });
    expect(await ratesOf(evaluate)).toEqual([0.001]);
  });

  test('of a winner begins at 0.002 by default', async () => {
    const train = async () => {
      const test = { images: data.images, split: data.validation };
      const { network } = await trainWinner(gpu, data, test, cell, { ...brief, epochs: 1 });
      network.dispose();
    };
    expect(await ratesOf(train)).toEqual([0.002]);
  });

  test('of the cells of random search is that of the search', async () => {
    const search = () => randomSearch(gpu, data, { ...toySettings, rounds: 1, weightLr: 0.125 });
    expect(await ratesOf(search)).toEqual([0.125]);
  });
});
