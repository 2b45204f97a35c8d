import { describe, expect, it } from 'vitest';
import { matrixCorrelation, publishedOrder } from '../../src/cli/said/published-order';
import { PUBLISHED_LOGDET_MEANS } from '../../src/report/published';

const EIGHT = ['0', '1', '2', '3', '4', '5', '6', '7'];
/** Numbers without sense, many of them equal. */
const OURS = EIGHT.map((_, i) => EIGHT.map((_, j) => ((7 * i * i + 3 * j) % 11) / 4));
const measured = (tasks: readonly string[], mean: number[][]) => ({
  tasks: [...tasks],
  logdet: { mean, sd: mean, closest: [] },
});

describe('matrixCorrelation', () => {
  // Figures of scipy.stats.spearmanr (1.17.1) over the entries off the diagonal.
  it('is scipy’s ρ, ties included', () => {
    const turned = PUBLISHED_LOGDET_MEANS.map((row, i) => row.map((_, j) => PUBLISHED_LOGDET_MEANS[j][i]));
    expect(matrixCorrelation(PUBLISHED_LOGDET_MEANS, turned)).toBeCloseTo(0.6566281534149178, 12);
    expect(matrixCorrelation(PUBLISHED_LOGDET_MEANS, OURS)).toBeCloseTo(0.06966677393186316, 12);
  });

  it('does not see the diagonal', () => {
    const a = [
      [9, 1],
      [2, -9],
    ];
    const b = [
      [-5, 3],
      [4, 5],
    ];
    expect(matrixCorrelation(a, b)).toBe(1);
  });
});

describe('publishedOrder', () => {
  it('compares the whole matrix with the published one', () => {
    const order = publishedOrder(measured(EIGHT, OURS));
    expect(order?.spearman).toBeCloseTo(0.06966677393186316, 12);
    const { low, high } = order?.interval ?? { low: 0, high: 0 };
    expect(low).toBeLessThan(-0.2);
    expect(high).toBeGreaterThan(0.3);
    expect(order?.text).toBe(
      'rank correlation with the published log-det means (Spearman, 56 entries): 0.07 ' +
        `(95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}, over 8 tasks)`,
    );
  });

  it('takes the tasks that were published, in the order they are measured in', () => {
    // Tasks 3, 0, 6 of the published matrix; the fourth is nobody's.
    const tasks = ['3', 'mnist:odd', '0', '6'];
    const [a, b, c] = OURS.slice(0, 3).map((row) => row.slice(0, 3));
    const spread = ([x, y, z]: readonly number[]) => [x, 100, y, z];
    const order = publishedOrder(measured(tasks, [spread(a), [100, 0, 100, 100], spread(b), spread(c)]));
    expect(order?.spearman).toBeCloseTo(0.11595420713048969, 12);
    expect(order?.text).toContain('6 entries');
  });

  it('is nothing for fewer than two published tasks, and has no value where all distances are equal', () => {
    const flat = [
      [0, 1],
      [1, 0],
    ];
    expect(publishedOrder(measured(['3', 'mnist:odd'], flat))).toBeUndefined();
    expect(publishedOrder(measured(['a', 'b'], flat))).toBeUndefined();
    expect(publishedOrder(measured(['3', '0'], flat))).toMatchObject({
      spearman: null,
      text: expect.stringMatching(/none, as all entries are equal$/),
    });
  });
});
