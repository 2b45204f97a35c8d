import { describe, expect, it } from 'vitest';
import { leastP, permutationTest } from '../../../src/report/statistics/permutation';

/** Sum of place × thing: largest where the things stand in their order. */
const inOrder = (order: readonly number[]) => order.reduce((sum, thing, place) => sum + thing * place, 0);

describe('permutationTest', () => {
  it('counts the orders that are as low among all of them', () => {
    // 0·0 + 1·1 + 2·2 = 5 for the order as given, and less for the five others.
    expect(permutationTest(3, (order) => -inOrder(order))).toBeCloseTo(1 / 6, 12);
    expect(permutationTest(3, inOrder)).toBe(1);
  });

  it('counts an order that is as low by all but rounding', () => {
    // Thing 0 stands first in 2 of 6 orders, with 0.3 and the 0.30000000000000004 that 0.1 + 0.2 is.
    const third = ([first, second]: readonly number[]) => (first > 0 ? 1 : second === 1 ? 0.3 : 0.1 + 0.2);
    expect(permutationTest(3, third)).toBeCloseTo(2 / 6, 12);
  });

  it('tries each of the 5,040 orders of seven things once', () => {
    const seen = new Set<string>();
    let calls = 0;
    permutationTest(7, (order) => {
      calls++;
      return seen.add(order.join('')).size;
    });
    expect(seen.size).toBe(5040);
    // The order as given is looked at once before.
    expect(calls).toBe(5041);
  });

  it('draws 9,999 orders of eight things, and counts the order as given beside them', () => {
    // Thing 0 stands first in an eighth of the orders: 1249.9 of 9,999, standard deviation 33.
    const p = permutationTest(8, (order) => (order[0] === 0 ? 0 : 1));
    expect(Math.abs(p * 10_000 - 1250.9)).toBeLessThan(4 * 33);
    expect(permutationTest(8, (order) => (order[0] === 0 ? 0 : 1))).toBe(p);
    expect(permutationTest(8, (order) => -inOrder(order))).toBeLessThanOrEqual(3e-4);
  });
});

describe('leastP', () => {
  it('is one order of all that are tried', () => {
    expect(leastP(3)).toBeCloseTo(1 / 6, 12);
    expect(leastP(7)).toBeCloseTo(1 / 5040, 12);
    expect(leastP(8)).toBeCloseTo(1 / 10_000, 12);
  });
});
