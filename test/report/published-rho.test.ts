import { describe, expect, it } from 'vitest';
import { publishedLogDetMeans } from '../../src/report/published';
import { publishedRho, rhoText } from '../../src/report/published-rho';

const IDS = ['0', '1', '2', '3', '4', '5', '6', '7'];
const published = publishedLogDetMeans(IDS) ?? [];
const close = (value: number) => expect.closeTo(value, 12);

describe('publishedRho', () => {
  it('is ±1 with an interval that is a point where the order is the published one, or its reverse', () => {
    const same = published.map((row) => row.map((value) => value ** 3));
    expect(publishedRho(IDS, [same])).toEqual({
      tasks: 8,
      rho: close(1),
      interval: { low: close(1), high: close(1) },
    });
    const reverse = published.map((row) => row.map((value) => -value));
    expect(publishedRho(IDS, [reverse, reverse])?.rho).toBeCloseTo(-1, 12);
  });

  it('is of the means over the seeds, and its interval is over tasks and seeds', () => {
    const noise = published.map((row, s) => row.map((_, t) => ((5 * s + 3 * t) % 7) / 2));
    const plus = published.map((row, s) => row.map((value, t) => value + 4 * noise[s][t]));
    const minus = published.map((row, s) => row.map((value, t) => value - 4 * noise[s][t]));
    const found = publishedRho(IDS, [plus, minus]);
    // Rounding orders what was published as equal.
    expect(found?.rho).toBeCloseTo(1, 3);
    // A resample that draws one seed twice keeps its noise.
    expect(found?.interval?.low).toBeLessThan(0.8);
  });

  it('takes the tasks that were published, in whatever order, and is null where they are fewer than two', () => {
    const ids = ['odd', '3', '1', '2'];
    const ours = ids.map((source) =>
      ids.map((target) => publishedLogDetMeans([source, target])?.[0][1] ?? 99),
    );
    expect(publishedRho(ids, [ours])).toEqual({ tasks: 3, rho: close(1), interval: null });
    expect(
      publishedRho(
        ['odd', '3'],
        [
          [
            [0, 1],
            [1, 0],
          ],
        ],
      ),
    ).toBeNull();
  });

  it('is null of entries that are all equal, and says so', () => {
    const equal = publishedRho(IDS, [published.map((row) => row.map(() => 1))]);
    expect(equal).toEqual({ tasks: 8, rho: null, interval: null });
    expect(rhoText({ tasks: 8, rho: null, interval: null }, 3)).toBe('none, as all entries are equal');
    expect(rhoText({ tasks: 4, rho: 0.53, interval: { low: -0.1, high: 0.9 } }, 3)).toBe(
      '0.53 (95 % interval -0.10 to 0.90, over 4 tasks and 3 seeds)',
    );
    expect(rhoText({ tasks: 2, rho: 1, interval: null }, 1)).toBe(
      '1.00 (over 2 tasks, too few for an interval)',
    );
  });
});
