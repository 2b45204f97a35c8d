import { describe, expect, it } from 'vitest';
import { pairedDifferences, pairedEffect, winRate } from '../../../src/report/statistics/effect-size';

describe('pairedDifferences', () => {
  it('are first less second, and 0 where rounding alone differs', () => {
    expect(pairedDifferences([3, 1], [1, 2])).toEqual([2, -1]);
    expect(pairedDifferences([0.1 + 0.2, 1], [0.3, 2])).toEqual([0, -1]);
    expect(pairedDifferences([0.5], [0.5])).toEqual([0]);
  });
});

describe('pairedEffect', () => {
  it('is the mean of the differences over their sample deviation', () => {
    // Mean 2, deviation √((1 + 0 + 1) / 2).
    expect(pairedEffect([1, 2, 3])).toBeCloseTo(2, 12);
    expect(pairedEffect([-1, -2, -3])).toBeCloseTo(-2, 12);
  });

  it('is null where differences do not vary', () => {
    expect(pairedEffect([2])).toBeNull();
    expect(pairedEffect([2, 2, 2])).toBeNull();
    expect(pairedEffect([0, 0])).toBeNull();
    expect(pairedEffect([0.3, 0.1 + 0.2])).toBeNull();
  });
});

describe('winRate', () => {
  it('counts the pairs in which the first side is smaller, and equal ones by half', () => {
    expect(winRate([-1, -2, 3, 0])).toBe(2.5 / 4);
    expect(winRate([1, 1])).toBe(0);
  });
});
