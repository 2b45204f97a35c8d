import { beforeAll, describe, expect, test } from 'vitest';
import { evaluateGenotype } from '../../src/nas/evaluate-genotype';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';
import { cellOf, toyData } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

const cell = cellOf('dil_conv_3x3', 3);

describe('evaluate genotype', () => {
  test('measures the validation images: with wrong labels there it is wrong', async () => {
    const labels = data.validation.labels.map((label) => (label + 1) % 3);
    const poisoned = { ...data, validation: { ...data.validation, labels } };
    const options = { steps: 36, batchSize: 16, seed: 1, weightLr: 0.02 };
    expect((await evaluateGenotype(gpu, poisoned, cell, options)).accuracy).toBeLessThan(0.2);
  });

  test('a network’s number gives it weights of its own', async () => {
    const untrained = async (number: number) => {
      const options = { steps: 1, batchSize: 16, seed: 1, weightLr: 0, number };
      return (await evaluateGenotype(gpu, data, cell, options)).loss;
    };
    const losses = [await untrained(0), await untrained(1), await untrained(2)];
    expect(new Set(losses).size).toBe(3);
  });
});
