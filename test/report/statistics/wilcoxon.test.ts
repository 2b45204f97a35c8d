import { describe, expect, it } from 'vitest';
import { leastSignedRankP, signedRankTest } from '../../../src/report/statistics/wilcoxon';
import golden from '../../golden/study.json';

describe('signedRankTest', () => {
  it.each(golden.wilcoxon)('of $name is SciPy’s', ({ differences, p, exact }) => {
    expect(signedRankTest(differences).p).toBeCloseTo(p, 12);
    if (exact !== null) expect(signedRankTest(differences).p).toBeCloseTo(exact, 12);
  });

  it('adds up the ranks of both sides', () => {
    // Sizes 1, 2 and 4 have the ranks 1, 2 and 3; of eight signs two have a sum of 1 or less on that side.
    expect(signedRankTest([4, -1, 2])).toEqual({ p: 2 * (2 / 8), above: 5, below: 1 });
  });

  it('gives equal sizes the mean of their ranks, also where rounding alone tells them apart', () => {
    // Two images of ten are 0.2, whatever the subtraction makes of it.
    const rounded = [0.3 - 0.1, 0.4 - 0.2, -(0.6 - 0.4), 0.5];
    expect(new Set(rounded.slice(0, 3).map(Math.abs)).size).toBe(3);
    expect(signedRankTest(rounded)).toEqual(signedRankTest([2, 2, -2, 5]));
    expect(signedRankTest(rounded)).toMatchObject({ above: 8, below: 2 });
  });

  it('counts no zero on either side, and is 1 where nothing differs', () => {
    // Pratt: the zero has the rank 1, 3 and 5 have 2 and 3.
    expect(signedRankTest([0, 3, 5])).toEqual({ p: 0.5, above: 5, below: 0 });
    expect(signedRankTest([0, 0])).toEqual({ p: 1, above: 0, below: 0 });
  });

  it('takes hundreds of pairs: half of them each way is chance', () => {
    const many = Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? i + 1 : -(i + 1)));
    // The normal approximation: (45150 / 2 ± 150 / 2) off by 75 of a deviation of 1,507.
    expect(signedRankTest(many).p).toBeCloseTo(0.96, 2);
  });

  it('refuses none, and what is no number', () => {
    expect(() => signedRankTest([])).toThrow('no differences');
    expect(() => signedRankTest([1, Number.NaN])).toThrow('a difference of NaN');
  });
});

describe('leastSignedRankP', () => {
  it('is that of differences which all lie on one side: below six pairs it is above 0.05', () => {
    for (const pairs of [1, 3, 5, 6, 9]) {
      const oneSided = Array.from({ length: pairs }, (_, i) => i + 1);
      expect(leastSignedRankP(pairs)).toBeCloseTo(signedRankTest(oneSided).p, 12);
    }
    expect(leastSignedRankP(5)).toBeGreaterThan(0.05);
    expect(leastSignedRankP(6)).toBeLessThan(0.05);
  });
});
