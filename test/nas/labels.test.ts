import { describe, expect, test } from 'vitest';
import { evaluateGenotype } from '../../src/nas/evaluate-genotype';
import { SEARCH_METHODS } from '../../src/nas/methods/table';
import type { SearchData } from '../../src/nas/settings';
import { StrayLabelError } from '../../src/training/errors';
import { useGpu } from '../use-gpu';
import { cellOf, toyData, toySettings } from './toy';

const held = useGpu();

/** Toy data with a label that is no class, in one of its splits. */
function strayIn(side: 'train' | 'validation'): SearchData {
  const data = toyData(held.gpu);
  const { indices, labels } = data[side];
  return { ...data, [side]: { indices, labels: labels.with(5, 3) } };
}

describe.each(Object.values(SEARCH_METHODS))('$title', (method) => {
  test.each([
    ['train', 'training images'],
    ['validation', 'validation images'],
  ] as const)('refuses a stray label of the %s split before it begins', async (side, named) => {
    const searched = method.search(held.gpu, strayIn(side), toySettings);
    await expect(searched).rejects.toThrow(StrayLabelError);
    await expect(searched).rejects.toThrow(`search, ${named}: label 3 of sample 5 is outside [0, 3)`);
  });
});

test('evaluateGenotype refuses a stray label', async () => {
  const options = { steps: 1, batchSize: 8, seed: 1 };
  const found = evaluateGenotype(held.gpu, strayIn('train'), cellOf('skip_connect'), options);
  await expect(found).rejects.toThrow(
    'evaluateGenotype, training images: label 3 of sample 5 is outside [0, 3)',
  );
});
