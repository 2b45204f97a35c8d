import { describe, expect, it } from 'vitest';
import { Table } from '../../../src/nas/table/table';
import { studyTable } from '../../../src/report/study/on-table';
import { regretTable, studyTableSchema, tableNote } from '../../../src/report/study/table-facts';
import { tableText } from '../../../src/report/table';

/** Four networks; the last cell is the second but for an edge that carries nothing. */
const cells = ['none', 'skip_connect', 'max_pool_3x3', 'avg_pool_3x3']
  .map((operation) => `|none~0|+|${operation}~0|none~1|`)
  .concat('|max_pool_3x3~0|+|skip_connect~0|none~1|');
const made = (
  more: readonly { split: 'validation' | 'test'; accuracy: number[][] }[],
  parameters?: number[],
) =>
  new Table({
    ...{ format: 'taskgrad table 1', name: 'five cells', source: 'made up', cells },
    space: {
      name: 'mine',
      operations: ['none', 'skip_connect', 'max_pool_3x3', 'avg_pool_3x3'],
      nodes: 3,
      joins: 'sums',
    },
    ...(parameters && { parameters }),
    columns: more.map((column) => ({ task: '3', ...column })),
  });
const TEST = { split: 'test', accuracy: [[10, 80, 10, 90, 80]] } as const;
const test = { ...TEST, accuracy: TEST.accuracy.map((row) => [...row]) };

describe('studyTable', () => {
  it('gives the regret of what searches choose by validation, and of one cell drawn', () => {
    const table = made([test, { split: 'validation', accuracy: [[20, 70, 30, 60, 70]] }], [4, 3, 2, 1, 3]);
    const facts = studyTable(table, ['random', 'darts'], 9);
    // Of all five, the one with 70 % in validation has 80 % in the test, and the best 90.
    expect(facts.regret).toEqual({
      'random search': {
        mean: expect.closeTo(0.1, 12),
        ci: [expect.closeTo(0.1, 12), expect.closeTo(0.1, 12)],
      },
      'no search': { mean: (80 + 10 + 80 + 0 + 10) / 500, ci: null },
    });
    // Of six pairs validation orders six and the test five; four are in one order, one is not.
    expect(facts.tau['validation accuracy']).toBeCloseTo(3 / Math.sqrt(30), 12);
    expect(facts.tau.parameters).toBeCloseTo(-3 / Math.sqrt(30), 12);
    expect(facts).toMatchObject({ name: 'five cells', task: '3', cells: 5, queries: 5 });
    expect(studyTableSchema.parse(facts)).toEqual(facts);
  });

  it('has no τ where the table has neither validation nor parameters', () => {
    expect(studyTable(made([test]), ['random'], 5).tau).toEqual({});
  });

  it('is a table and a note for people', () => {
    const facts = studyTable(made([test], [4, 3, 2, 1, 3]), ['random', 'fuse'], 5);
    const [, , first, , last] = tableText(regretTable(facts)).split('\n');
    expect(first).toMatch(/^(FUSE|random search) +0\.00 +0\.00 to 0\.00$/);
    expect(last).toMatch(/^no search +36\.00 +–$/);
    expect(tableNote(facts)).toBe(
      'Table five cells: 5 cells, task 3. A search asks for 5 of them; means over 500 replays. Kendall’s τ with the test accuracy: parameters -0.55.',
    );
  });
});
