import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseArchitecture } from '../../../src/nas/architecture-text';
import { nasBench201Space } from '../../../src/nas/nas-bench-201';
import type { TableData } from '../../../src/nas/table/data';
import { importNasBench201, readTable, writeTable } from '../../../src/nas/table/file.node';
import { Table } from '../../../src/nas/table/table';
import { failure } from '../../data/failure';
import { allCells, madeTable } from './made';

const OPERATIONS = ['none', 'skip_connect', 'nor_conv_3x3'];
const CONV = '|none~0|+|nor_conv_3x3~0|none~1|';
/** The same network as CONV: node 2 takes node 1, which takes the input. */
const TWIN = '|nor_conv_3x3~0|+|none~0|skip_connect~1|';
const SKIP = '|none~0|+|skip_connect~0|none~1|';
const NONE = '|none~0|+|none~0|none~1|';

const small: TableData = {
  ...madeTable(3, OPERATIONS, () => 0),
  cells: [NONE, CONV, TWIN, SKIP],
  parameters: [1, 2, 2, 3],
  seeds: [4, 5],
  columns: [
    {
      task: 'a',
      split: 'test',
      accuracy: [
        [10, 90, 80, 84],
        [10, null, 82, 88],
      ],
    },
    {
      task: 'a',
      split: 'validation',
      accuracy: [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
    },
  ],
};

describe('Table', () => {
  const table = new Table(small);

  test('says of a cell that was not trained yet that it was not', async () => {
    const [test] = small.columns;
    const part = new Table({
      ...small,
      columns: [
        {
          ...test,
          accuracy: [
            [10, null, null, 84],
            [10, null, null, 88],
          ],
        },
      ],
    });
    for (const of of [part.rank, part.regret, part.accuracy]) {
      expect(await failure(() => of.call(part, CONV))).toMatchObject({
        code: 'TABLE',
        message: expect.stringMatching(/cell .* has no figures of task a, test: it was not trained yet/),
      });
    }
    expect([...part.ranks()]).toEqual([2, Number.NaN, Number.NaN, 1]);
    expect(part.rank(SKIP)).toBe(1);
  });

  test('gives what it has of a cell, by text or genotype', () => {
    const row = table.lookup(parseArchitecture(CONV, 7));
    expect(row).toEqual({
      cell: CONV,
      parameters: 2,
      accuracy: [
        { task: 'a', split: 'test', seeds: [90] },
        { task: 'a', split: 'validation', seeds: [2, 2] },
      ],
    });
    expect(table.lookup('|skip_connect~0|+|none~0|none~1|')).toBeUndefined();
  });

  test('means over the seeds that are there, and regret against the best', () => {
    expect([NONE, CONV, TWIN, SKIP].map((cell) => table.accuracy(cell))).toEqual([10, 90, 81, 86]);
    expect(table.regret(SKIP)).toBe(4);
    expect(table.regret(SKIP, { split: 'validation' })).toBe(0);
  });

  test('ranks networks that are the same but for names once, by their mean', () => {
    expect(table.size).toBe(4);
    expect(table.distinct).toBe(3);
    // (90 + 81) / 2 = 85.5 is below 86.
    expect([SKIP, CONV, TWIN, NONE].map((cell) => table.rank(cell))).toEqual([1, 2, 2, 3]);
  });

  test('knows whether it has its whole space', () => {
    expect(table.isWhole).toBe(false);
    expect(new Table(madeTable(3, OPERATIONS, () => 5)).isWhole).toBe(true);
  });

  test('says what it has where it is asked for what it has not', async () => {
    const ofTask = await failure(() => table.accuracy(CONV, { task: 'b' }));
    expect(ofTask).toMatchObject({
      code: 'TABLE',
      message: expect.stringMatching(/task b, test; it has a test, a validation/),
    });
    const ofCell = await failure(() => table.rank('|none~0|'));
    expect(ofCell).toMatchObject({
      code: 'TABLE',
      message: expect.stringMatching(/no cell \|none~0\|; its 4 cells/),
    });
  });

  test.each([
    [{ cells: [NONE, CONV, TWIN, TWIN] }, /cell 3, .* is there twice/],
    [
      { cells: [NONE, CONV, TWIN, '|none~0|+|avg_pool_3x3~0|none~1|'] },
      /cell 3, .* is not of its space mine/,
    ],
    [{ cells: [NONE, CONV, TWIN, allCells(4, ['none'])[0]] }, /is not of its space mine: 3 nodes/],
  ])('refuses %o', async (change, message) => {
    expect(await failure(() => new Table({ ...small, ...change }))).toMatchObject({
      message: expect.stringMatching(message),
    });
  });
});

describe('files of tables', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskgrad-table-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const write = async (name: string, value: unknown) => {
    const path = join(folder, name);
    await writeFile(path, gzipSync(JSON.stringify(value)));
    return path;
  };

  test('hold what was written', async () => {
    const path = join(folder, 'small.json.gz');
    await writeTable(path, small);
    expect((await readTable(path)).data).toEqual(small);
    expect(JSON.parse(gunzipSync(await readFile(path)).toString()).format).toBe('taskgrad table 1');
  });

  test.each([
    ['a table of another format', { ...small, format: 'taskgrad table 2' }, /field format: expected/],
    [
      'a percentage above 100',
      {
        ...small,
        columns: [
          {
            task: 'a',
            split: 'test',
            accuracy: [
              [1, 2, 3, 101],
              [1, 1, 1, 1],
            ],
          },
        ],
      },
      /accuracy\[0\]\[3\]|accuracy\.0\.3/,
    ],
    [
      'a figure too few',
      {
        ...small,
        columns: [
          {
            task: 'a',
            split: 'test',
            accuracy: [
              [1, 2, 3],
              [1, 1, 1, 1],
            ],
          },
        ],
      },
      /4 numbers, one a cell, not 3/,
    ],
    ['a seed too few', { ...small, seeds: [1] }, /1 lists, one a seed, not 2/],
  ])('are refused: %s', async (_, value, message) => {
    const path = await write('wrong.json.gz', value);
    expect(await failure(() => readTable(path))).toMatchObject({ message: expect.stringMatching(message) });
  });

  test('that are cut or missing are said to be', async () => {
    const path = join(folder, 'cut.json.gz');
    await writeFile(path, gzipSync('{}').subarray(0, 12));
    expect(await failure(() => readTable(path))).toMatchObject({ code: 'DATA_DAMAGED' });
    expect(await failure(() => readTable(join(folder, 'no')))).toMatchObject({ code: 'DATA_MISSING' });
  });

  test('of NAS-Bench-201 become tables, whose rows stay with their cells', async () => {
    const cells = allCells(4, nasBench201Space.operations);
    const values = cells.map((_, i) => (i % 1000) / 10);
    const path = await write('all.json.gz', {
      columns: ['cifar10-test', 'cifar10-val'],
      cells,
      accuracy: { 'cifar10-test': values, 'cifar10-val': values.map((value) => value / 2) },
    });
    const table = new Table(await importNasBench201(path));
    expect([table.size, table.isWhole]).toEqual([15_625, true]);
    expect(table.accuracy(cells[1234])).toBe(23.4);
    expect(table.accuracy(cells[1234], { task: 'cifar10', split: 'validation' })).toBe(11.7);
  });

  test.each([
    [
      { columns: ['cifar10-test'], cells: [NONE], accuracy: { 'cifar10-test': [1] } },
      /all 15625 cells, each once, found 1, 1 of/,
    ],
    [{ columns: ['x'], cells: [], accuracy: {} }, /columns/],
    [{ cells: [], accuracy: {} }, /columns/],
  ])('of NAS-Bench-201 that lack something are refused: %o', async (value, message) => {
    const path = await write('lacks.json.gz', value);
    expect(await failure(() => importNasBench201(path))).toMatchObject({
      code: 'DATA_FORMAT',
      message: expect.stringMatching(message),
    });
  });
});
