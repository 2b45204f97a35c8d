import { describe, expect, it } from 'vitest';
import { distanceTable } from '../../src/report/distance-table';
import { distanceWords, isAtNull, nullOf } from '../../src/report/null-distance';
import type { Distance } from '../../src/report/results';
import { results } from './fixture';

const distance = results.distance as Distance;

describe('a distance and the null of its target', () => {
  // By hand: 0.472 + 0.0314 = 0.5034.
  it('is above it from more than its mean and standard deviation on', () => {
    const itself = { mean: 0.472, sd: 0.0314 };
    expect(isAtNull(0.47, itself)).toBe(true);
    expect(isAtNull(0.5034, itself)).toBe(true);
    expect(isAtNull(0.5035, itself)).toBe(false);
    expect(isAtNull(0.1, null)).toBe(false);
  });

  it('is that of the task in the column, and nothing in results that have none', () => {
    expect(nullOf(distance, 'frechet', '2')).toEqual({ mean: 0.7926, sd: 0.0092 });
    expect(nullOf({ ...distance, nulls: undefined }, 'frechet', '2')).toBeNull();
  });

  it('is named with it only where it is not above', () => {
    expect(distanceWords(0.203, { mean: 0.293, sd: 0.0172 })).toBe(
      '0.20, not above the null of 0.29 ± 0.017',
    );
    expect(distanceWords(0.48, { mean: 0.293, sd: 0.0172 })).toBe('0.48');
    expect(distanceWords(0.203, null)).toBe('0.20');
  });
});

describe('the distances as a table', () => {
  const rows = (changes: Partial<Distance>) =>
    distanceTable({ ...distance, ...changes }, (id) => `task ${id}`).rows;

  it('has nulls on the diagonal, and in brackets what is not above the null of its column', () => {
    // Only 3 → 2, 0.203, is: its null is 0.293 ± 0.0172.
    expect(rows({})[3]).toEqual([
      '3 task 3',
      '1.50 ± 0.13',
      '0.95 ± 0.087',
      '(0.20 ± 0.016)',
      '0.23 ± 0.022',
    ]);
    const bracketed = rows({}).flatMap((row) => row.filter((cell) => cell.startsWith('(')));
    expect(bracketed).toEqual(['(0.20 ± 0.016)']);
  });

  it('has neither where there is no null, and no spread of what was averaged', () => {
    expect(rows({ nulls: undefined })[3]).toEqual([
      '3 task 3',
      '1.50 ± 0.13',
      '0.95 ± 0.087',
      '0.20 ± 0.016',
      '–',
    ]);
    expect(rows({ averaged: true })[3]).toEqual(['3 task 3', '1.50', '0.95', '(0.20)', '0.23']);
  });
});
