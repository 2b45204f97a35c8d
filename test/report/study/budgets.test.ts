import { describe, expect, it } from 'vitest';
import { budgetsOf, budgetsSchema, budgetTable } from '../../../src/report/study/budgets';
import { StudyError } from '../../../src/report/study/run';
import { tableText } from '../../../src/report/table';
import { runsOf } from './runs';

const FUSE = 'FUSE, standard';
const errors = (count: number, of: (seed: number) => number) =>
  Array.from({ length: count }, (_, i) => of(i));
/** FUSE is ahead by an image, two, three, ... of a thousand, in all pairs or in every second one. */
const ahead = (count: number) => [
  ...runsOf(
    'FUSE',
    errors(count, () => 20),
  ),
  ...runsOf(
    'random search',
    errors(count, (seed) => 21 + seed),
  ),
];
const mixed = (count: number) => [
  ...runsOf(
    'FUSE',
    errors(count, () => 30),
  ),
  ...runsOf(
    'random search',
    errors(count, (seed) => 30 + (seed % 2 === 0 ? 1 : -1) * (seed + 1)),
  ),
];

describe('budgetsOf', () => {
  it('names the least budget at which the first has the lower error in so many pairs', () => {
    const found = budgetsOf(FUSE, [
      { factor: 4, runs: ahead(10) },
      { factor: 1, runs: mixed(10) },
      { factor: 2, runs: ahead(10) },
    ]);
    expect(found.budgets.map(({ factor }) => factor)).toEqual([1, 2, 4]);
    // All ten on one side: 2 · 2⁻¹⁰, times three by Holm for the smallest two.
    const [, two] = found.budgets;
    expect(two.pair).toMatchObject({
      ...{ a: FUSE, b: 'random search, standard', n: 10, wins: 1 },
      difference: expect.closeTo(-0.0055, 12),
      p: expect.closeTo(2 ** -9, 12),
      holm: expect.closeTo(3 * 2 ** -9, 12),
    });
    expect(found.least).toBe(2);
    expect(found.sentence).toMatch(
      /^Of budgets of 1, 2, 4 times the preset’s 2 is the least at which FUSE, standard has/,
    );
    expect(budgetsSchema.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
  });

  it('sees the pair from the side of the one that is asked about, whatever the names are', () => {
    const runs = ahead(10);
    const [fuse] = budgetsOf(FUSE, [{ factor: 1, runs }]).budgets;
    const [random] = budgetsOf('random search, standard', [{ factor: 1, runs }]).budgets;
    expect(random.pair).toMatchObject({ wins: 0, difference: 0 - fuse.pair.difference, p: fuse.pair.p });
    expect(random.pair.ci).toEqual(fuse.pair.ci?.map((end) => 0 - end).reverse());
    // Worse in every pair is not better.
    expect(budgetsOf('random search, standard', [{ factor: 1, runs }]).least).toBeNull();
  });

  it('says that there is none where pairs enough do not bear it out', () => {
    const { least, sentence } = budgetsOf(FUSE, [{ factor: 1, runs: mixed(10) }]);
    expect(least).toBeNull();
    expect(sentence).toBe(
      'At none of the budgets of 1 times the preset’s does FUSE, standard beat random search, standard with p below 0.01.',
    );
  });

  it('says how many pairs it takes where these could bear out nothing', () => {
    // Six pairs of two budgets: 2 · 2⁻⁵ at the best. With nine it is 2 · 2⁻⁸ = 0.0078.
    const { least, sentence } = budgetsOf(FUSE, [
      { factor: 1, runs: ahead(6) },
      { factor: 2, runs: ahead(6) },
    ]);
    expect(least).toBeNull();
    expect(sentence).toMatch(/^6 pairs are too few .* p = 0\.063, .*; it takes 9 to come below 0\.01\.$/);
  });

  it('refuses runs that are no pairs', () => {
    expect(() => budgetsOf(FUSE, [{ factor: 2, runs: runsOf('FUSE', [20, 21]) }])).toThrow(StudyError);
  });

  it('has a table with a row for each budget', () => {
    const [, , row] = tableText(budgetTable(budgetsOf(FUSE, [{ factor: 3, runs: ahead(10) }]))).split('\n');
    expect(row).toMatch(/^ +3 +-0\.55 +-\S+ to -\S+ +10 +100 % +0\.002 +0\.002$/);
  });
});
