import { describe, expect, it } from 'vitest';
import { apportion, shuffledGroups } from '../../src/tasks/stratify';
import { Random } from '../../src/tensor/random';

describe('apportion', () => {
  it.each([
    [10, [50, 30, 20], [5, 3, 2]],
    [10, [1, 1, 1], [4, 3, 3]],
    [2, [1, 1, 1], [1, 1, 0]],
    [7, [10, 20, 70], [1, 1, 5]],
    [6, [1, 2, 3], [1, 2, 3]],
    [0, [4, 4], [0, 0]],
    [0, [0, 0], [0, 0]],
    [3, [0, 9], [0, 3]],
  ])('shares %i among %j as %j', (total, sizes, expected) => {
    expect(apportion(total, sizes)).toEqual(expected);
  });

  it('is never off by one or more from the exact share, and adds up', () => {
    const random = new Random(1);
    for (let trial = 0; trial < 200; trial++) {
      const sizes = Array.from({ length: 1 + random.int(10) }, () => 1 + random.int(7000));
      const sum = sizes.reduce((a, b) => a + b);
      const total = random.int(sum + 1);
      const shares = apportion(total, sizes);
      expect(shares.reduce((a, b) => a + b)).toBe(total);
      for (const [i, share] of shares.entries()) {
        expect(Math.abs(share - (total * sizes[i]) / sum)).toBeLessThan(1);
        expect(share).toBeLessThanOrEqual(sizes[i]);
      }
    }
  });
});

describe('shuffledGroups', () => {
  it('puts each position under its label, in random order', () => {
    const labels = Array.from({ length: 300 }, (_, i) => i % 3);
    const groups = shuffledGroups(labels, 4, new Random(1));
    expect(groups.map((group) => group.length)).toEqual([100, 100, 100, 0]);
    for (const [label, group] of groups.entries()) {
      const sorted = [...group].sort((a, b) => a - b);
      expect(sorted).toEqual(sorted.filter((i) => labels[i] === label));
      expect(new Set(group).size).toBe(group.length);
      if (group.length > 0) expect(group).not.toEqual(sorted);
    }
  });
});
