import { describe, expect, test } from 'vitest';
import { ownAgreement, type Scored } from '../../src/report/own-agreement';

/** Three pairs in order; one of three in order; a pair in the wrong order. */
const ROUNDS: readonly (readonly Scored[])[] = [
  [
    [1, 10],
    [2, 20],
    [3, 30],
  ],
  [
    [1, 30],
    [2, 10],
    [3, 20],
  ],
  [
    [5, 1],
    [6, 0],
  ],
];

describe('ownAgreement', () => {
  test('within rounds is the mean of their τ, each by its pairs', () => {
    const { within, hits, rounds, withinInterval } = ownAgreement('mine', ROUNDS);
    // τ 1, −1/3 and −1 of three, three pairs and one.
    expect(within).toBeCloseTo((3 - 1 - 1) / 7, 12);
    expect([hits, rounds]).toEqual([1, 3]);
    expect(withinInterval).toEqual({ low: -1, high: 1 });
  });

  test('over all cells takes any order of two cells, or nothing where scores are not on one scale', () => {
    const { overall, cells } = ownAgreement('mine', ROUNDS);
    // By SciPy 1.17.1: kendalltau([1,2,3,1,2,3,5,6], [10,20,30,30,10,20,1,0])
    expect(overall).toBeCloseTo(-0.4, 12);
    expect(cells).toBe(8);
    expect(ownAgreement('α', ROUNDS, [])).toMatchObject({ overall: null, top10: null, cells: 0 });
  });

  test('top ten are those of other cells where they are given', () => {
    const all = Array.from({ length: 20 }, (_, i): Scored => [i, i % 2 === 0 ? i + 5 : i - 5]);
    // The ten most accurate are 18, 16, 14, 12, 10, 19, 8, 17, 6 and 15: eight of them are from 10 on.
    expect(ownAgreement('mine', ROUNDS, all).top10).toBe(0.8);
  });

  test('τ within rounds is held against α’s in the same rounds', () => {
    // Truths 1, 2, 3 in every round; α has one of three pairs the wrong way round, the score none: τ 1/3 and 1.
    const rounds = (scores: readonly number[]) =>
      Array.from({ length: 4 }, () => scores.map((score, i): Scored => [score, i + 1]));
    const { gain } = ownAgreement('loss', rounds([5, 6, 7]), undefined, rounds([2, 1, 3]));
    expect(gain?.low).toBeCloseTo(2 / 3, 9);
    expect(gain?.high).toBeCloseTo(2 / 3, 9);
    expect(ownAgreement('α', ROUNDS, []).gain).toBeNull();
  });
});
