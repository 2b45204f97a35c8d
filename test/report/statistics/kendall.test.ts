import { describe, expect, it } from 'vitest';
import { kendallTau, topOverlap } from '../../../src/report/statistics/kendall';
import golden from '../../golden/statistics.json';

describe('kendallTau', () => {
  it('is the share of pairs in one order less the share in opposite orders', () => {
    // Of the six pairs only the first two places are in opposite orders.
    expect(kendallTau([1, 2, 3, 4], [20, 10, 30, 40])).toBeCloseTo(5 / 6 - 1 / 6, 12);
    expect(kendallTau([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
  });

  it('divides by the geometric mean of the pairs that each side orders', () => {
    // x orders five of six pairs, y all six, and they agree in all five.
    expect(kendallTau([1, 2, 2, 3], [5, 6, 7, 8])).toBeCloseTo(5 / Math.sqrt(5 * 6), 12);
  });

  it('is SciPy’s τ-b where both sides have equal values', () => {
    const { x, y, kendall } = golden.correlations;
    expect(kendallTau(x, y)).toBeCloseTo(kendall, 12);
  });

  it('is null where one side has no order', () => {
    expect(kendallTau([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(kendallTau([1], [2])).toBeNull();
    expect(kendallTau([], [])).toBeNull();
  });

  it('refuses sides of different lengths', () => {
    expect(() => kendallTau([1, 2], [1])).toThrow('kendallTau: 2 values beside 1');
  });

  it('orders infinities, and finds equal ones equal', () => {
    expect(kendallTau([-Infinity, 0, Infinity], [1, 2, 3])).toBe(1);
    expect(kendallTau([-Infinity, -Infinity, 3], [1, 2, 3])).toBeCloseTo(2 / Math.sqrt(2 * 3), 12);
  });

  it('orders as SciPy does where most values are equal', () => {
    const { a, b, tau } = golden.ties;
    expect(kendallTau(a, b)).toBeCloseTo(tau, 12);
  });
});

describe('topOverlap', () => {
  it('is the share of the largest places of one side among those of the other', () => {
    // Places 4, 3, 2 beside 0, 4, 3.
    expect(topOverlap([1, 2, 3, 4, 5], [9, 0, 1, 2, 3], 3)).toBeCloseTo(2 / 3, 12);
    expect(topOverlap([1, 2], [2, 1], 2)).toBe(1);
    expect(topOverlap([1, 2], [2, 1], 1)).toBe(0);
  });

  it('takes the first of equal values', () => {
    expect(topOverlap([5, 5, 5], [3, 2, 1], 1)).toBe(1);
  });

  it('refuses more places than there are', () => {
    expect(() => topOverlap([1], [1], 2)).toThrow('the largest 2 of 1 values, expected 1 to 1');
  });
});
