import { describe, expect, it } from 'vitest';
import { rankCorrelation } from '../../../src/report/statistics/rank-correlation';
import golden from '../../golden/statistics.json';

describe('rankCorrelation', () => {
  it('is ±1 for any rising or falling curve', () => {
    const x = [3, 1, 2, 5, 4];
    expect(rankCorrelation(x, x.map(Math.exp))).toBeCloseTo(1, 12);
    expect(
      rankCorrelation(
        x,
        x.map((value) => -(value ** 3)),
      ),
    ).toBeCloseTo(-1, 12);
  });

  it('is 1 − 6 Σd² / (n(n² − 1)) where no values are equal', () => {
    // Ranks 1 to 5 against 2 1 4 3 5: the differences' squares add up to 4.
    expect(rankCorrelation([10, 20, 30, 40, 50], [0.2, 0.1, 0.4, 0.3, 0.5])).toBeCloseTo(
      1 - (6 * 4) / (5 * 24),
      12,
    );
  });

  it('gives equal values the mean of their ranks', () => {
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: Pearson's 4.5 / √(4.5 × 5).
    expect(rankCorrelation([1, 2, 2, 3], [5, 6, 7, 8])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  });

  it('is SciPy’s where both sides have equal values', () => {
    const { x, y, spearman } = golden.correlations;
    expect(rankCorrelation(x, y)).toBeCloseTo(spearman, 12);
  });

  it('is null where one side has no order', () => {
    expect(rankCorrelation([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(rankCorrelation([1], [2])).toBeNull();
    expect(rankCorrelation([], [])).toBeNull();
  });

  it('refuses sides of different lengths', () => {
    expect(() => rankCorrelation([1, 2], [1])).toThrow('2 values beside 1');
  });
});
