import { describe, expect, it } from 'vitest';
import { quantile } from '../../../src/report/statistics/quantile';
import golden from '../../golden/statistics.json';

describe('quantile', () => {
  const { values, shares, quantiles } = golden.quantiles;

  it.each(shares.map((share, i) => [share, quantiles[i]]))(
    'of a share of %d is NumPy’s',
    (share, expected) => {
      expect(quantile(values, share)).toBeCloseTo(expected, 12);
    },
  );

  it('refuses no values, and what is no share', () => {
    expect(() => quantile([], 0.5)).toThrow('no values');
    expect(() => quantile([1], 1.5)).toThrow('a share of 1.5, expected 0 to 1');
    expect(() => quantile([1], Number.NaN)).toThrow('a share of NaN');
  });
});
