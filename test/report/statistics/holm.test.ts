import { describe, expect, it } from 'vitest';
import { holm } from '../../../src/report/statistics/holm';
import golden from '../../golden/statistics.json';

describe('holm', () => {
  it('multiplies the smallest by the number of tests, the next by one less, and never falls', () => {
    // 4 × 0.005, 3 × 0.01, 2 × 0.03, and 1 × 0.04, which may not come out below 0.06.
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual(
      [0.03, 0.06, 0.06, 0.02].map((p) => expect.closeTo(p, 12)),
    );
  });

  it('is the closed test of all groups with Bonferroni’s, equal values included', () => {
    const { given, raised } = golden.holm;
    expect(holm(given)).toEqual(raised.map((p) => expect.closeTo(p, 12)));
  });

  it('stays at 1 at most, and leaves a test by itself as it is', () => {
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
    expect(holm([0.04])).toEqual([0.04]);
    expect(holm([])).toEqual([]);
  });
});
