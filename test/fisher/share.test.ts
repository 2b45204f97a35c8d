import { beforeAll, describe, expect, test } from 'vitest';
import { FisherError } from '../../src/fisher/errors';
import { shareBelow } from '../../src/fisher/share';
import type { Gpu } from '../../src/tensor/gpu';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { onOwnGpu } from './nets';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

describe('the share of entries below ε', () => {
  test('shareBelow › over all tensors, zeros counted and ε itself not', async () => {
    const F = new Map([
      [
        'a',
        gpu.tensor([
          [0, 2 ** -40],
          [2 ** -30, 0.5],
        ]),
      ],
      ['b', gpu.tensor([2 ** -31])],
    ]);
    expect(await shareBelow(F, 2 ** -30)).toBeCloseTo(3 / 5, 12);
    expect(await shareBelow(F, 2 ** -41)).toBeCloseTo(1 / 5, 12);
    expect(await shareBelow(F, 1)).toBe(1);
  });

  test('shareBelow › a million entries: each is counted', async () => {
    const values = Float32Array.from({ length: 2 ** 20 }, (_, i) => (i % 7 === 0 ? 0 : 1));
    const F = new Map([['a', gpu.tensor(values, [2 ** 10, 2 ** 10])]]);
    expect(await shareBelow(F, 0.5)).toBe(Math.ceil(2 ** 20 / 7) / 2 ** 20);
  });

  test('shareBelow › no entries: the error says so', async () => {
    await expect(shareBelow(new Map(), 0.5)).rejects.toThrow(FisherError);
  });

  test('shareBelow › nothing is left on the GPU', () =>
    onOwnGpu(async (gpu) => {
      const F = new Map([
        ['a', gpu.tensor([1, 2])],
        ['b', gpu.tensor([3])],
      ]);
      const { tensors } = await settledMemory(gpu);
      await shareBelow(F, 2);
      expect(gpu.memory().tensors).toBe(tensors);
    }));
});
