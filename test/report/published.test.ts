import { describe, expect, it } from 'vitest';
import { PUBLISHED_LOGDET_MEANS, PUBLISHED_TABLES, publishedLogDetMeans } from '../../src/report/published';
import { publishedRowSchema } from '../../src/report/results';

describe('published figures', () => {
  it('hold an 8 × 8 matrix with zeros on its diagonal and nowhere else', () => {
    expect(PUBLISHED_LOGDET_MEANS.map((row) => row.length)).toEqual(Array(8).fill(8));
    for (const [source, row] of PUBLISHED_LOGDET_MEANS.entries())
      for (const [target, value] of row.entries()) expect(value === 0).toBe(source === target);
  });

  it('give the rows and columns of the tasks asked for, in their order', () => {
    expect(publishedLogDetMeans(['3', '0'])).toEqual([
      [0, 1.61],
      [0.77, 0],
    ]);
  });

  it('give nothing for a task the paper does not have', () => {
    expect(publishedLogDetMeans(['0', '8'])).toBeNull();
  });

  it('name their source in every row of every table', () => {
    for (const { rows } of PUBLISHED_TABLES) {
      expect(rows.length).toBeGreaterThan(5);
      for (const row of rows) expect(publishedRowSchema.parse(row).source).toMatch(/arXiv:\d{4}\.\d{5}/);
    }
  });
});
