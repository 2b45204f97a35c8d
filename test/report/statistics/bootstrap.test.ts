import { describe, expect, it } from 'vitest';
import { bootstrapInterval } from '../../../src/report/statistics/bootstrap';
import golden from '../../golden/statistics.json';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('bootstrapInterval', () => {
  it('of a mean is SciPy’s but for what 2,000 draws leave open', () => {
    const { values, low, high } = golden.bootstrap;
    const found = bootstrapInterval([values.length], ([drawn]) => mean(drawn.map((i) => values[i])));
    // Standard error of such a quantile: √(0.025 · 0.975 / 2000) / 0.058 = 0.06 standard deviations of the mean.
    const deviation = (high - low) / 3.92;
    expect(Math.abs((found?.low ?? 0) - low)).toBeLessThan(0.24 * deviation);
    expect(Math.abs((found?.high ?? 0) - high)).toBeLessThan(0.24 * deviation);
  });

  it('draws each kind by itself', () => {
    // Sums of two means of one 0 and one 1: from 0 (1 of 16) to 2. Drawn alike they would never be 0.5 or 1.5.
    const sums = new Set<number>();
    const found = bootstrapInterval([2, 2], ([a, b]) => {
      sums.add(mean(a) + mean(b));
      return mean(a) + mean(b);
    });
    expect([...sums].sort()).toEqual([0, 0.5, 1, 1.5, 2]);
    expect(found).toEqual({ low: 0, high: 2 });
  });

  it('is narrower where less is to lie inside', () => {
    const { values } = golden.bootstrap;
    const drawnMean = ([drawn]: readonly (readonly number[])[]) => mean(drawn.map((i) => values[i]));
    const [half, most] = [0.5, 0.99].map((coverage) =>
      bootstrapInterval([values.length], drawnMean, coverage),
    );
    expect(half?.low).toBeGreaterThan(most?.low ?? 1);
    expect(half?.high).toBeLessThan(most?.high ?? 0);
  });

  it('leaves out draws without the statistic, and is null where all are', () => {
    expect(bootstrapInterval([2], ([drawn]) => (drawn[0] === drawn[1] ? null : 7))).toEqual({
      low: 7,
      high: 7,
    });
    expect(bootstrapInterval([2], () => null)).toBeNull();
  });
});
