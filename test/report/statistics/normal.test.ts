import { describe, expect, it } from 'vitest';
import { normalQuantile, normalShare } from '../../../src/report/statistics/normal';
import golden from '../../golden/study.json';

const { x, shares, given, quantiles } = golden.normal;

describe('the normal distribution', () => {
  it.each(x.map((value, i) => [value, shares[i]]))('below %d it has SciPy’s share', (value, share) => {
    expect(Math.abs(normalShare(value) / share - 1)).toBeLessThan(1e-12);
  });

  it.each(given.map((share, i) => [share, quantiles[i]]))(
    'a share of %d is below SciPy’s x',
    (share, value) => {
      expect(normalQuantile(share)).toBeCloseTo(value, 10);
    },
  );

  it('has no x for 0 and 1', () => {
    expect(() => normalQuantile(0)).toThrow('a share of 0, expected above 0 and below 1');
    expect(() => normalQuantile(1)).toThrow('a share of 1');
  });
});
