import { describe, expect, it } from 'vitest';
import { type Tried, tableOf } from '../../src/experiment/plans/table-rows';
import { results } from '../report/fixture';

const [search] = results.search;
const cost = (steps: number, gpuSeconds: number) => ({ steps, networks: 9, gpuSeconds });
/** What one seed came to: a search, and a network made by hand. */
const tried = (testError: number, steps: number, gpuSeconds: number): Tried => ({
  search: [
    {
      ...search,
      testError,
      parameters: 1000 * steps,
      cost: { search: cost(steps, gpuSeconds), training: cost(10, 1) },
      gpuSeconds: gpuSeconds + 1,
    },
  ],
  unsearched: [],
  baselines: [{ ...results.training[0], testAccuracy: 1 - testError / 2 }],
});

describe('the table of a run', () => {
  it('has a row for each search of one seed, without a spread', () => {
    const [row] = tableOf([tried(0.02, 100, 8)]);
    expect(row).toMatchObject({ testErrorPercent: 2, parametersM: 0.1, gpuSeconds: 9 });
    expect(row).not.toHaveProperty('seeds');
    expect(row).not.toHaveProperty('errorSd');
  });

  it('has one row for all seeds, with mean and sample deviation of errors, and mean costs', () => {
    const rows = tableOf([tried(0.02, 100, 8), tried(0.04, 103, 10), tried(0.06, 105, 12)]);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      kind: 'search',
      testErrorPercent: expect.closeTo(4, 12),
      errorSd: expect.closeTo(2, 12),
      seeds: 3,
      parametersM: expect.closeTo(308 / 3000, 12),
      cost: { search: { steps: 103, networks: 9, gpuSeconds: 10 }, training: { steps: 10, gpuSeconds: 1 } },
      gpuSeconds: 11,
    });
    expect(rows[1]).toMatchObject({
      kind: 'hand-made',
      testErrorPercent: expect.closeTo(2, 12),
      errorSd: expect.closeTo(1, 12),
      seeds: 3,
    });
  });
});
