import { describe, expect, it } from 'vitest';
import type { StudyRun } from '../../../src/report/study/run';
import { studyOf } from '../../../src/report/study/study';
import { DARTS, FUSE, factsOf, RANDOM, runsOf } from './runs';

const sentence = (...runs: StudyRun[]) => studyOf(factsOf(...runs)).sentence;

describe('the sentence of a study', () => {
  it('names the better method where the difference is beyond chance', () => {
    expect(sentence(...FUSE, ...DARTS)).toMatch(
      /^FUSE, standard has a lower test error than DARTS, standard by 0\.35 points \(95 % interval 0\.\d\d to 0\.\d\d, p = 0\.031, 6 pairs\)\.$/,
    );
  });

  it('says so of the same figures when methods are named the other way round', () => {
    const [worse, better] = [runsOf('A', [21, 24, 27, 30, 33, 36]), runsOf('B', [20, 22, 24, 26, 28, 30])];
    expect(sentence(...worse, ...better)).toMatch(
      /^B, standard has a lower test error than A, standard by 0\.35 points \(95 % interval 0/,
    );
  });

  it('says that nothing is told where chance does as well', () => {
    expect(sentence(...FUSE, ...RANDOM)).toMatch(
      /^No method is told from another: the smallest p is 0\.75, of FUSE, standard less random search, standard \(-0\.05 points, 95 % interval -0\.\d\d to 0\.\d\d, 6 pairs\)\.$/,
    );
  });

  it('says that five seeds are too few, whatever they found', () => {
    expect(sentence(...FUSE.slice(0, 5), ...DARTS.slice(0, 5))).toBe(
      '5 pairs are too few to tell these 2 methods apart: one that did better in every pair would have p = 0.063; it takes 6 to come below 0.05.',
    );
    expect(sentence(...FUSE.slice(0, 1), ...DARTS.slice(0, 1))).toMatch(
      /^One pair is too few .* p = 1\.00; it takes 6 /,
    );
  });

  it('says that six are too few where three methods are compared', () => {
    // 3 / 32 = 0.094; with seven pairs it is 3 / 64.
    expect(sentence(...FUSE, ...DARTS, ...RANDOM)).toBe(
      '6 pairs are too few to tell these 3 methods apart: one that did better in every pair would have p = 0.094, corrected for 3 comparisons; it takes 7 to come below 0.05.',
    );
  });

  it('names each difference that is told, counts the others, and says that p is corrected', () => {
    const eight = (method: string, more: readonly number[]) =>
      runsOf(
        method,
        more.map((by, i) => 20 + i + by),
      );
    const text = sentence(
      ...eight('A', [0, 0, 0, 0, 0, 0, 0, 0]),
      ...eight('B', [1, -1, 2, -2, 3, -3, 4, -4]),
      ...eight('C', [11, 12, 13, 14, 15, 16, 17, 18]),
    );
    expect(text).toMatch(
      /^A, standard has a lower test error than C, standard .*, and B, standard has a lower test error than C, standard/,
    );
    expect(text).toMatch(
      /; 1 of 3 differences is not told from chance; p with Holm’s correction for 3 comparisons\.$/,
    );
  });

  it('calls nothing better whose mean and pairs disagree', () => {
    // Better by an image nine times and worse by 100 once: p is small, the mean says the reverse.
    const nine = Array.from({ length: 14 }, () => 30);
    const other = nine.map((error, i) => (i === 0 ? 130 : error - 1));
    const { pairs, sentence: text } = studyOf(factsOf(...runsOf('A', other), ...runsOf('B', nine)));
    expect(pairs[0]).toMatchObject({ difference: expect.closeTo(87 / 14_000, 12), wins: 13 / 14 });
    expect(pairs[0].p).toBeLessThan(0.05);
    expect(text).not.toContain('lower test error');
  });

  it('compares nothing where there is nothing to compare', () => {
    expect(sentence(...FUSE)).toBe('Only FUSE, standard was tried: there is nothing to compare it with.');
    expect(sentence(...FUSE.slice(0, 3), ...DARTS.slice(3))).toBe(
      'Nothing is compared: no two of these 2 methods have a task and a seed in common.',
    );
  });
});
