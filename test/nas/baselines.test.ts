import { beforeAll, describe, expect, test } from 'vitest';
import {
  convolutionEdges,
  drawnGenotypes,
  fewestParameters,
  mostConvolutions,
  parameterCount,
} from '../../src/nas/baselines';
import { makeGenotype } from '../../src/nas/genotype';
import { randomSearch } from '../../src/nas/methods/random-search';
import { completeSettings } from '../../src/nas/settings';
import type { Gpu } from '../../src/tensor/gpu';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { cellOf, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

const idle = cellOf('skip_connect', 3);
const one = cellOf('skip_connect', 3, { '01': 'dil_conv_3x3' });
const two = cellOf('skip_connect', 3, { '01': 'dil_conv_3x3', '12': 'sep_conv_3x3' });
const otherTwo = cellOf('skip_connect', 3, { '01': 'sep_conv_3x3', '12': 'sep_conv_3x3' });

describe('baselines', () => {
  test('draw what random search draws', async () => {
    const { rounds } = await randomSearch(gpu, data, toySettings);
    expect(drawnGenotypes(completeSettings(toySettings, data), data)).toEqual(rounds[0].candidates);
  });

  test('count the edges that convolve, but not where nothing arrives', () => {
    expect([idle, one, two].map(convolutionEdges)).toEqual([0, 1, 2]);
    const blocked = cellOf('dil_conv_3x3', 3, { '01': 'none' });
    expect(convolutionEdges(blocked)).toBe(1);
  });

  test('count the edges of a reduction cell, too', () => {
    const reduction = { '01': 'skip_connect', '02': 'dil_conv_5x5', '12': 'max_pool_3x3' };
    expect(convolutionEdges(makeGenotype(3, 2, two.edges, reduction))).toBe(3);
  });

  test('take the first of the cells with most convolutions', () => {
    expect(mostConvolutions([one, two, idle, otherTwo])).toBe(two);
    expect(mostConvolutions([otherTwo, one, two])).toBe(otherTwo);
  });

  test('take the first of the cells with fewest parameters', async () => {
    const options = { classes: 3, size: [8, 8] } as const;
    // A head of 2 · 2 · 64 features and 3 classes; a dilated convolution has 2 · 9 + 2 · 2 weights.
    expect(parameterCount(gpu, idle, options)).toBe(3 * 256 + 3);
    expect(parameterCount(gpu, one, options)).toBe(3 * 256 + 3 + 22);
    const { tensors } = await settledMemory(gpu);
    const otherOne = cellOf('max_pool_3x3', 3, { '02': 'dil_conv_3x3' });
    expect(fewestParameters(gpu, [two, otherOne, one], options)).toBe(otherOne);
    expect(gpu.memory().tensors).toBe(tensors);
  });

  test('take no cell that carries nothing, unless there is no other', () => {
    const options = { classes: 3, size: [8, 8] } as const;
    const closed = cellOf('none', 3, { '01': 'dil_conv_3x3' });
    expect(fewestParameters(gpu, [closed, two, one], options)).toBe(one);
    expect(fewestParameters(gpu, [closed], options)).toBe(closed);
  });

  test('of no genotypes there is none', () => {
    expect(() => mostConvolutions([])).toThrow('no genotypes to choose from');
  });
});
