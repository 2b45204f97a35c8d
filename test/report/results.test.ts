import { describe, expect, it } from 'vitest';
import { type Distance, parseResults, type Results, ResultsError } from '../../src/report/results';
import { results } from './fixture';

/** The fixture with one field, named by its path, set to another value. */
function changed(path: (string | number)[], value: unknown): unknown {
  const copy: unknown = structuredClone(results);
  const parent = path.slice(0, -1).reduce((inner, key) => Reflect.get(inner as object, key), copy);
  Reflect.set(parent as object, path.at(-1) ?? '', value);
  return copy;
}

describe('results', () => {
  it('come back from JSON as they were', () => {
    expect(parseResults(JSON.parse(JSON.stringify(results)))).toEqual(results);
  });

  it('may leave out what was not run', () => {
    const bare: Results = { ...results, training: [], distance: null, search: [], table: [] };
    expect(parseResults(bare)).toEqual(bare);
  });

  it('of older runs are read: they averaged nothing, padded heads and saw test images', () => {
    const { head, images, averaged, below, nulls, overEpsilon, ...old } = results.distance as Distance;
    const { distance } = parseResults({ ...results, distance: old });
    expect(distance).toEqual({ ...old, head: 'padded', images: 'test', averaged: false, overEpsilon: [] });
  });

  const wrong: [what: string, path: (string | number)[], value: unknown, says: RegExp][] = [
    ['a loss that is not a number', ['training', 0, 'curve', 0, 'trainLoss'], Number.NaN, /trainLoss/],
    ['an infinite distance', ['distance', 'logdet', 'mean', 0, 1], Number.POSITIVE_INFINITY, /logdet\.mean/],
    ['an accuracy in percent', ['training', 0, 'testAccuracy'], 97.2, /testAccuracy/],
    ['a matrix of 3 rows for 4 tasks', ['distance', 'frechet', 'sd'], [[0], [0], [0]], /4 × 4 numbers/],
    ['a ragged matrix', ['distance', 'logdet', 'mean', 2], [1, 2, 3], /4 rows of 4 or 3/],
    [
      'a matrix of another size at another ε',
      ['distance', 'overEpsilon', 1, 'logdet', 'mean'],
      [[0]],
      /overEpsilon\.1\.logdet\.mean: 4 × 4/,
    ],
    [
      'a null too few',
      ['distance', 'nulls', 'frechet'],
      [null, null, null],
      /nulls\.frechet: 4 for 4 tasks, not 3/,
    ],
    ['a share of entries in percent', ['distance', 'below'], 24, /distance\.below/],
    ['a task nobody listed', ['training', 3, 'task'], '9', /training\.3\.task: a task listed.*not '9'/],
    ['a closest task nobody listed', ['distance', 'logdet', 'closest', 0, 'closest'], '7', /closest: a task/],
    [
      'a cell that lacks edges',
      ['search', 0, 'winner', 'edges'],
      { '01': 'none' },
      /edges\.02: expected an operation, found none/,
    ],
    ['a cell of five nodes', ['search', 0, 'winner', 'nodes'], 5, /winner\.nodes/],
    ['a winner beyond the candidates', ['search', 0, 'rounds', 0, 'winner'], 3, /an index below 3, not 3/],
    [
      'an α of another length',
      ['search', 0, 'rounds', 1, 'stages', 0, 'alpha'],
      [0, 0],
      /3 candidates, not 2/,
    ],
    ['a test set used twice', ['search', 0, 'evaluatedTestOnce'], false, /evaluatedTestOnce/],
    ['an unknown method', ['search', 0, 'method'], 'ENAS', /method/],
    ['a search given twice', ['search', 1, 'method'], 'FUSE task-aware', /search\.1: each method once/],
    ['an unknown field', ['adapter', 'vendr'], 'x', /vendr/],
    ['a start that is no date', ['startedAt'], 'yesterday', /startedAt/],
  ];
  it.each(wrong)('refuse %s', (_, path, value, says) => {
    expect(() => parseResults(changed(path, value))).toThrow(ResultsError);
    expect(() => parseResults(changed(path, value))).toThrow(says);
  });

  it('name no more than three problems in one line', () => {
    const error = (() => {
      try {
        parseResults({});
      } catch (caught) {
        return caught;
      }
    })() as ResultsError;
    expect(error.message).not.toContain('\n');
    expect(error.message).toMatch(/and \d+ more$/);
    expect(error.problems.length).toBeGreaterThan(3);
  });
});
