import { describe, expect, test } from 'vitest';
import { parseArchitecture } from '../../src/nas/architecture-text';
import { cellKey } from '../../src/nas/isomorphism';
import { SEARCH_METHODS } from '../../src/nas/methods/table';
import { Board, Game } from '../../src/nas/replay/game';
import { replay, replayable } from '../../src/nas/replay/replay';
import { Table } from '../../src/nas/table/table';
import { Random } from '../../src/tensor/random';
import { failure } from '../data/failure';
import { madeTable } from './table/made';

const THREE = ['none', 'skip_connect', 'nor_conv_3x3'];
/** Every convolution is worth ten points, wherever it stands: a slope that can be climbed edge by edge. */
const slope = (cell: string) => 10 + 10 * (cell.split('nor_conv').length - 1);

/** Mean of the largest of `drawn` values that are drawn without replacement, by counting draws. */
function expectedBest(values: readonly number[], drawn: number): number {
  const rising = [...values].sort((a, b) => a - b);
  const choose = (n: number, k: number): number =>
    k < 0 || k > n ? 0 : k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
  return rising.reduce(
    (sum, value, i) => sum + (value * choose(i, drawn - 1)) / choose(rising.length, drawn),
    0,
  );
}

describe('replay', () => {
  const data = madeTable(3, THREE, slope);
  const table = new Table(data);

  test('of random search has the regret that counting draws gives', () => {
    const { curve, seeds } = replay(table, 'random', { queries: 6, seeds: 2000 });
    expect(seeds).toBe(2000);
    const values = data.cells.map(slope);
    for (const { queries, mean, ci } of curve) {
      const expected = 40 - expectedBest(values, queries);
      // Four standard errors: the interval's half is 1.96.
      expect(Math.abs(mean - expected), `${queries}`).toBeLessThan((4 / 1.96) * (mean - ci[0]));
    }
  });

  test('ends at no regret where every cell was asked for', () => {
    expect(replay(table, 'random', { queries: 27, seeds: 5 }).regrets).toEqual([0, 0, 0, 0, 0]);
  });

  test('in a part of the operations finds its best cell, and still counts from the best of all', () => {
    const few = { queries: 8, seeds: 20, operations: ['none', 'skip_connect'] as const };
    const { regrets, places } = replay(table, 'random', few);
    // A cell without convolutions has 10 points, the best of all 40.
    expect(new Set(regrets)).toEqual(new Set([30]));
    for (const place of places) expect(data.cells[place]).not.toContain('nor_conv');
    expect(() => replay(table, 'random', { ...few, operations: ['sep_conv_3x3'] })).toThrow(
      /no cell of table .* operations of sep_conv_3x3 alone; its operations are none, skip_connect, nor_conv_3x3/,
    );
  });

  test('tells the rank of what it finds, networks counted once', () => {
    const { curve, ranks } = replay(table, 'random', { queries: 27, seeds: 2000 });
    const keys = data.cells.map((cell) => cellKey(parseArchitecture(cell, 1), 'sums'));
    const means = new Map(
      [...new Set(keys)].map((key) => {
        const own = data.cells.filter((_, i) => keys[i] === key).map(slope);
        return [key, own.reduce((sum, value) => sum + value, 0) / own.length];
      }),
    );
    const better = (key: string) => [...means].filter(([, mean]) => mean > (means.get(key) ?? 0)).length;
    const expected = keys.reduce((sum, key) => sum + 1 + better(key), 0) / keys.length;
    expect(Math.abs(curve[0].rank - expected)).toBeLessThan(
      (4 / 1.96) * (curve[0].rank - curve[0].rankCi[0]),
    );
    expect(new Set(ranks)).toEqual(new Set([1]));
    expect(curve[26]).toMatchObject({ mean: 0, rank: 1, rankCi: [1, 1] });
  });

  test('of evolution climbs where random search gropes about, and FUSE pays for its survivors', () => {
    const larger = new Table(madeTable(4, THREE, slope));
    const last = (method: 'evolution' | 'random' | 'fuse') =>
      replay(larger, method, { queries: 60, seeds: 200 }).curve[59].mean;
    expect(last('evolution')).toBeLessThan(last('random') - 2);
    expect(last('fuse')).toBeGreaterThan(last('random'));
  });

  test('judges by other figures than the search saw', () => {
    const [column] = data.columns;
    const worse = column.accuracy.map((row) => row.map((value) => 100 - (value ?? 0)));
    const both = new Table({
      ...data,
      columns: [column, { task: 'a', split: 'validation', accuracy: worse }],
    });
    // The best by validation is the worst by test.
    expect(replay(both, 'random', { queries: 27, seeds: 1 }).regrets).toEqual([30]);
    expect(replay(both, 'random', { queries: 27, seeds: 1, sees: 'test' }).regrets).toEqual([0]);
  });

  test('is the same for the same seeds, and every method uses all its queries', () => {
    for (const method of replayable()) {
      const once = replay(table, method, { queries: 17, seeds: 3, seed: 5 });
      expect(replay(table, method, { queries: 17, seeds: 3, seed: 5 })).toEqual(once);
      expect(once.curve.map(({ mean }) => mean)).toEqual(
        [...once.curve.map(({ mean }) => mean)].sort((a, b) => b - a),
      );
    }
  });

  test('leaves out methods that train a supernet, and says which there are', async () => {
    expect(replayable()).toEqual(
      SEARCH_METHODS.filter((method) => 'replay' in method && method.replay).map(({ name }) => name),
    );
    expect(await failure(() => replay(table, 'darts', { queries: 3 }))).toMatchObject({
      code: 'TABLE',
      message: expect.stringMatching(/expected one of fuse, random, evolution/),
    });
  });

  test('a mutation changes one edge, each to each other operation equally often', () => {
    const board = new Board(
      [0, 1, 2].flatMap((a) => [0, 1, 2].map((b) => Uint8Array.of(a, b))),
      3,
      new Float64Array(9),
      new Float64Array(9),
    );
    const game = new Game(board, new Random(0), 1);
    const counts = new Map<number, number>();
    for (let i = 0; i < 4000; i++) counts.set(game.mutate(4), (counts.get(game.mutate(4)) ?? 0) + 1);
    // Cell 4 is (1, 1): its neighbours are (0, 1), (2, 1), (1, 0), (1, 2).
    expect([...counts.keys()].sort()).toEqual([1, 3, 5, 7]);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
