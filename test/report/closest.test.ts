import { describe, expect, it } from 'vitest';
import { agreeWords, closestRows } from '../../src/report/closest';
import { closestSchema } from '../../src/report/results';

/** Source b is the closest to a under two of three seeds; to b it is a, to c b under all. */
const PER_SEED = [
  [
    [0, 1, 9],
    [1, 0, 2],
    [2, 3, 0],
  ],
  [
    [0, 1, 9],
    [1, 0, 2],
    [2, 3, 0],
  ],
  [
    [0, 1, 9],
    [3, 0, 2],
    [2, 3, 0],
  ],
];
const MEAN = PER_SEED[0].map((row, s) =>
  row.map((_, t) => PER_SEED.reduce((sum, matrix) => sum + matrix[s][t] / 3, 0)),
);
const seeds = [0, 1, 2];

describe('the closest task', () => {
  it('is that of the means, with how many seeds by themselves say the same', () => {
    const rows = closestRows(['a', 'b', 'c'], MEAN, PER_SEED);
    expect(rows).toEqual([
      { task: 'a', closest: 'b', distance: expect.closeTo(5 / 3, 12), agree: { seeds: 2, of: 3 } },
      { task: 'b', closest: 'a', distance: 1, agree: { seeds: 3, of: 3 } },
      { task: 'c', closest: 'b', distance: 2, agree: { seeds: 3, of: 3 } },
    ]);
    expect(rows.map((row) => agreeWords(row, { seeds, averaged: false }))).toEqual([
      ' (2 of 3 seeds)',
      ' (3 of 3 seeds)',
      ' (3 of 3 seeds)',
    ]);
    for (const row of rows) expect(closestSchema.parse(row)).toEqual(row);
  });

  it('is said to be of one seed; of averaged Fishers and older results nothing is said', () => {
    const [row] = closestRows(['a', 'b', 'c'], PER_SEED[0], [PER_SEED[0]]);
    expect(row).toEqual({ task: 'a', closest: 'b', distance: 1 });
    expect(agreeWords(row, { seeds: [0], averaged: false })).toBe(' (one seed)');
    expect(agreeWords(row, { seeds, averaged: true })).toBe('');
    expect(agreeWords(row, { seeds, averaged: false })).toBe('');
  });
});
