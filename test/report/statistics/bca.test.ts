import { describe, expect, it } from 'vitest';
import { bcaInterval } from '../../../src/report/statistics/bca';
import { bootstrapInterval, type Draws } from '../../../src/report/statistics/bootstrap';
import golden from '../../golden/study.json';

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const { values, others } = golden.bca;
const drawnMean = ([drawn]: Draws) => mean(drawn.map((i) => values[i]));
const difference = ([a, b]: Draws) => mean(a.map((i) => values[i])) - mean(b.map((i) => others[i]));

/** Whether an interval is SciPy's of 200,000 resamples, but for a tenth of its width, which 2,000 leave open. */
function expectNear(found: { low: number; high: number } | null, expected: { low: number; high: number }) {
  const room = 0.1 * (expected.high - expected.low);
  expect(Math.abs((found?.low ?? Number.NaN) - expected.low)).toBeLessThan(room);
  expect(Math.abs((found?.high ?? Number.NaN) - expected.high)).toBeLessThan(room);
}

describe('bcaInterval', () => {
  it('of a mean of skewed values is SciPy’s, and lies above the percentile interval', () => {
    const found = bcaInterval([values.length], drawnMean);
    expectNear(found, golden.bca.mean);
    const plain = bootstrapInterval([values.length], drawnMean);
    // SciPy's percentile interval of these values ends at 3.44.
    expect(found?.high).toBeGreaterThan((plain?.high ?? 9) + 0.15);
  });

  it('of a difference of two samples, each resampled by itself, is SciPy’s', () => {
    expectNear(bcaInterval([values.length, others.length], difference), golden.bca.difference);
  });

  it('is a point where all values are equal', () => {
    expect(bcaInterval([3], ([drawn]) => mean(drawn.map(() => 2)))).toEqual({ low: 2, high: 2 });
  });

  it('is null of one value, and narrower where less is to lie inside', () => {
    expect(bcaInterval([1], drawnMean)).toBeNull();
    const half = bcaInterval([values.length], drawnMean, 0.5);
    expect(half?.low).toBeGreaterThan(golden.bca.mean.low);
    expect(half?.high).toBeLessThan(golden.bca.mean.high);
  });
});
