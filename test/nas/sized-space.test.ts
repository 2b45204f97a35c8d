import { describe, expect, it } from 'vitest';
import { withEntry } from '../../src/nas/dictionary';
import { makeGenotype } from '../../src/nas/genotype';
import { rankedOperations, sizedSpace } from '../../src/nas/sized-space';
import { SearchSpaceError, standardSpace } from '../../src/nas/space';

const best = makeGenotype(3, 1, { '01': 'skip_connect', '02': 'sep_conv_5x5', '12': 'sep_conv_5x5' });
const second = makeGenotype(3, 1, { '01': 'skip_connect', '02': 'max_pool_3x3', '12': 'none' });
const known = withEntry(withEntry({}, '3', second, 0.8), '3', best, 0.9);
const all = standardSpace.operations;

describe('rankedOperations', () => {
  it('has the best cell’s first, and of a cell those on most edges, equals as the whole space has them', () => {
    expect(rankedOperations('3', known, all)).toEqual([
      'sep_conv_5x5',
      'skip_connect',
      'none',
      'max_pool_3x3',
    ]);
  });

  it('has none of a task that nobody knows', () => {
    expect(rankedOperations('7', known, all)).toEqual([]);
  });
});

describe('sizedSpace', () => {
  it('is the first so many of them, in the order of the whole space', () => {
    const space = sizedSpace('farthest', '3', known, standardSpace, 3);
    expect(space.operations).toEqual(['none', 'skip_connect', 'sep_conv_5x5']);
    expect(space.name).toBe('farthest');
  });

  it.each([1, 5, 2.5])('of %d operations is refused by how many there are', (size) => {
    expect(() => sizedSpace('closest', '3', known, standardSpace, size)).toThrow(SearchSpaceError);
    expect(() => sizedSpace('closest', '3', known, standardSpace, size)).toThrow(/known cells use 4/);
  });
});
