import { describe, expect, test } from 'vitest';
import { assign } from '../../src/fisher/assignment';
import { Random } from '../../src/tensor/random';
import { bestAssignments } from './brute-force';

const totalOf = (gains: readonly (readonly number[])[], columns: readonly number[]): number =>
  columns.reduce((sum, column, row) => sum + gains[row][column], 0);

describe('assignments', () => {
  test.each<[string, number[][], number[]]>([
    ['one row', [[7]], [0]],
    [
      'the largest gain is not taken where it costs more elsewhere',
      [
        [10, 9],
        [9, 0],
      ],
      [1, 0],
    ], // 18, not 10
    [
      'three rows',
      [
        [4, 1, 3],
        [2, 0, 5],
        [3, 2, 2],
      ],
      [0, 2, 1],
    ], // 4 + 5 + 2 = 11
    [
      'losses',
      [
        [-1, -5],
        [-2, -7],
      ],
      [1, 0],
    ], // -7, not -8
    [
      'a path through all rows',
      [
        [3, 2, 0],
        [3, 0, 1],
        [3, 2, 0],
      ],
      [0, 2, 1],
    ], // 3 + 1 + 2 = 6
  ])('assign › %s: as by hand', (_, gains, columns) => {
    expect(totalOf(gains, assign(gains))).toBe(totalOf(gains, columns));
    if (bestAssignments(gains).length === 1) expect(assign(gains)).toEqual(columns);
  });

  test('assign › no rows: no columns', () => {
    expect(assign([])).toEqual([]);
  });

  test('assign › 400 random matrices of up to 6 rows, many with equals: no permutation gains more', () => {
    const random = new Random(14, 0);
    for (let i = 0; i < 400; i++) {
      const n = 1 + random.int(6);
      const most = i % 2 === 0 ? 4 : 1000;
      const gains = Array.from({ length: n }, () => Array.from({ length: n }, () => random.int(most) - 1));
      const columns = assign(gains);
      expect([...columns].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, c) => c));
      expect(totalOf(gains, columns)).toBe(totalOf(gains, bestAssignments(gains)[0]));
    }
  });
});
