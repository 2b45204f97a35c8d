import { describe, expect, test } from 'vitest';
import { Table } from '../../src/nas/table/table';
import { endOf, isSurely, regretShares, replays } from '../../src/report/replays';
import { madeTable } from '../nas/table/made';

const slope = (cell: string) => 10 + 10 * (cell.split('nor_conv').length - 1);
const table = new Table(madeTable(4, ['none', 'skip_connect', 'nor_conv_3x3'], slope));

describe('replays', () => {
  const all = replays(table, { queries: 60, seeds: 200 });

  test('have the best method first, and say whether it surely is', () => {
    expect(all[0].method).toBe('evolution');
    const ends = all.map((one) => endOf(one).mean);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    expect(isSurely(all[0], all[1])).toBe(true);
    expect(isSurely(all[1], all[0])).toBe(false);
    expect(isSurely(all[0], all[0])).toBe(false);
  });

  test('give a study shares of test images', () => {
    const shares = regretShares(all);
    for (const { method, regrets } of all) {
      const mean = regrets.reduce((sum, value) => sum + value, 0) / regrets.length / 100;
      expect(shares[method].mean).toBeCloseTo(mean, 12);
      expect(shares[method].ci[0]).toBeLessThanOrEqual(mean);
      expect(shares[method].ci[1]).toBeGreaterThanOrEqual(mean);
    }
  });

  test('are of the methods that were named', () => {
    expect(replays(table, { queries: 3, seeds: 2, methods: ['random'] }).map(({ method }) => method)).toEqual(
      ['random'],
    );
  });
});
