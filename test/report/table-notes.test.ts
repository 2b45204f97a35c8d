import { describe, expect, it } from 'vitest';
import type { Search, TableRow } from '../../src/report/results';
import { budgetNote, tableNotes, testImagesNote } from '../../src/report/table-notes';
import { results } from './fixture';

const row = (architecture: string, searchSeconds: number | null): TableRow => ({
  architecture,
  testErrorPercent: 1,
  parametersM: 1,
  cost: {
    search: searchSeconds === null ? null : { steps: 1, networks: 1, gpuSeconds: searchSeconds },
    training: { steps: 1, networks: 1, gpuSeconds: architecture === 'A' ? 1 : 1000 },
  },
  gpuSeconds: 0,
});
const [search] = results.search;
const seen = (evaluatedTestOnce: boolean, ...testImagesSeen: string[]): Search => ({
  ...search,
  evaluatedTestOnce,
  testImagesSeen,
});

describe('the note on budgets', () => {
  it('says that times within 5 % of the longest are the same', () => {
    // 19 s is 5 % less than 20 s, to the bit: 1 - 19 / 20.
    for (const least of [19.1, 19.5, 20])
      expect(budgetNote([row('A', 20), row('B', least), row('C', null)], true)).toBe(
        `The searches took ${least.toFixed(1)} s to 20.0 s of GPU time, the same within 5 %.`,
      );
  });

  it('says by how much others differ, and which they are', () => {
    expect(budgetNote([row('A', 15), row('B', 20), row('C', 18)], false)).toBe(
      'The searches did not take the same GPU time: A took 15.0 s, 25 % less than B with 20.0 s. Their errors are not of one budget.',
    );
    expect(budgetNote([row('A', 18.9), row('B', 20)], false)).toContain('6 % less than B');
    expect(budgetNote([row('A', 15), row('B', 20)], true)).toMatch(
      / 25 % less .* On a software adapter other programs disturb such times\.$/,
    );
  });

  it('says nothing of a single search', () => {
    expect(budgetNote([row('A', 15), row('B', null)], true)).toBeUndefined();
  });

  it('says what the time of a task-aware space leaves out', () => {
    expect(budgetNote([row('FUSE task-aware', 20), row('B', 20)], true)).toMatch(
      /dictionary, .* are not in it\.$/,
    );
  });
});

describe('the note on test images', () => {
  it('says that something was chosen by them as soon as one search says so, and for what they were read', () => {
    const searches = [seen(true, 'final tests'), seen(false, 'final tests', 'distances')];
    expect(testImagesNote(searches)).toMatch(
      /something was chosen by them: final tests, distances\. The errors may be too low/,
    );
  });

  it('says that nothing was, and what was only reported', () => {
    expect(testImagesNote([seen(true, 'accuracies of trained networks')])).toBe(
      'Nothing was chosen by test images. Before the final tests they were read for what is only reported: accuracies of trained networks.',
    );
    expect(testImagesNote([seen(true)])).toBe('Test images were first read in the final tests.');
  });

  it('claims nothing of older results, whose flag was never computed', () => {
    const { testImagesSeen: _, ...older } = seen(true);
    expect(testImagesNote([older])).toMatch(/older results do not say/);
  });
});

describe('the note on single searches', () => {
  const notes = (change: Partial<typeof results>) =>
    tableNotes({ ...results, table: [], ...change }).join('\n');

  it('says that one search ranks nothing, where there are several methods', () => {
    expect(notes({})).toMatch(/ranks nothing/);
    expect(notes({ search: [search] })).not.toMatch(/ranks nothing/);
    expect(notes({ search: [] })).not.toMatch(/One search/);
  });

  it('says what seeds of the preset differ by, of the methods and the task where it was measured', () => {
    expect(notes({ search: [search] })).toContain(
      'One search; seeds of this preset differ by ± 0.39 (FUSE task-aware, 12 earlier seeds).',
    );
    expect(notes({})).toContain(
      'One search a method; seeds of this preset differ by ± 0.39 (FUSE task-aware, 12 earlier seeds), ± 0.47 (FUSE standard, 12 earlier seeds), ± 0.29 (random search, 12 earlier seeds); it ranks nothing',
    );
    const unknown = 'how far seeds of this preset differ is not known';
    expect(notes({ preset: 'paper' })).toContain(unknown);
    expect(notes({ search: [{ ...search, target: '0' }] })).toContain(unknown);
  });

  it('is another one where errors are of several seeds', () => {
    const table = [{ ...row('FUSE standard', 20), errorSd: 0.3, seeds: 3 }];
    const text = tableNotes({ ...results, table }).join('\n');
    expect(text).toContain('Errors are mean ± sd over seeds (3 at least).');
    expect(text).not.toContain('One search');
  });
});
