import { expect, test } from 'vitest';
import { Table } from '../../src/nas/table/table';
import { seedNoise } from '../../src/report/seed-noise';
import { madeTable } from '../nas/table/made';

const query = { task: 'a', split: 'test' } as const;

test('seedNoise › tells noise between seeds from what networks differ by, cells of one network counted once', () => {
  const data = madeTable(3, ['none', 'sep_conv_3x3'], () => 0);
  // Networks by places: {0, 1, 4}, {2, 3, 6}, 5, 7 in the order of `madeTable`, whose first edge changes first.
  const table = new Table(data);
  const one = (values: readonly (number | null)[]) => {
    const row = new Array<number | null>(8).fill(null);
    for (const [i, place] of table.networks.entries()) row[place] = values[i];
    return row;
  };
  const accuracy = [one([10, 20, 30, 60]), one([12, 26, null, 54])];
  const noisy = new Table({ ...data, columns: [{ ...query, accuracy }] });
  const found = seedNoise(noisy, query);
  // Variances 2, 18, 18 of one degree of freedom each; means 11, 23, 30, 57.
  expect(found).toMatchObject({ networks: 3, tau: 1 });
  expect(found?.within).toBeCloseTo(Math.sqrt(38 / 3), 12);
  expect(found?.between).toBeCloseTo(Math.sqrt((19.25 ** 2 + 7.25 ** 2 + 0.25 ** 2 + 26.75 ** 2) / 3), 12);
  expect(seedNoise(table, query)).toBeUndefined();
});
