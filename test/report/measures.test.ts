import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../src/cli/program';
import { TASK_MEASURES } from '../../src/fisher/measures/table';
import { isAtOwn, measuresOf, measuresSchema } from '../../src/report/measure-matrices';
import { measureFigures, measuresHtml, measureTable, nearestTable } from '../../src/report/measure-section';
import { isTaskMeasure, MEASURES } from '../../src/report/measures';
import { PREDICTORS } from '../../src/report/predictors';
import { tableText } from '../../src/report/table';
import { FACTS, IDS } from './measures-fixture';
import { labels, parseXml, textOf } from './xml';

describe('the table of measures', () => {
  it('has our two distances and every task measure, under names of their own', () => {
    const names = MEASURES.map(({ name }) => name);
    expect(names).toEqual(['logdet', 'frechet', ...TASK_MEASURES.map(({ name }) => name)]);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter(isTaskMeasure)).toEqual(TASK_MEASURES.map(({ name }) => name));
  });

  it('is what predicts transfer by something else than what tasks are by themselves', () => {
    expect(PREDICTORS.filter(({ trivial }) => !trivial).map(({ name }) => name)).toEqual(
      MEASURES.map(({ name }) => name),
    );
  });

  it.each(MEASURES)(
    '$name can be asked for, and the README says what it is from',
    ({ name, title, source }) => {
      const distance = makeProgram().commands.find((command) => command.name() === 'distance');
      const option = distance?.options.find(({ long }) => long === '--measure');
      expect(option?.argChoices).toContain(name);
      const line = new RegExp(`^\\| \`${name}\` .*${title}.*${source.split(', ').at(-1)}`, 'm');
      expect(readFileSync('README.md', 'utf8')).toMatch(line);
    },
  );
});

describe('matrices of a measure', () => {
  const found = measuresOf(FACTS);
  const [leep] = found.measures;

  it('have mean and sample deviation of every pair, what a task’s own network gives on the diagonal', () => {
    expect(leep.cells[0][2]).toEqual({ mean: -1.5, sd: expect.closeTo(Math.SQRT1_2, 12) });
    expect(leep.cells[1][0]).toEqual({ mean: -2, sd: expect.closeTo(Math.SQRT2, 12) });
    expect(leep.cells[0][0]).toEqual({
      mean: expect.closeTo(-0.2, 12),
      sd: expect.closeTo(0.1 * Math.SQRT2, 12),
    });
    expect(leep.nulls).toEqual([-1, -1.5, -2].map((mean) => ({ mean, sd: 0 })));
  });

  it('name the source with the most of it as the nearest, and how many seeds say so', () => {
    // To a: means −2 of b and −1.5 of c; b is nearer under the second seed. To c: −1.5 each, and the first of equals.
    expect(leep.closest).toEqual([
      { task: 'a', closest: 'c', distance: -1.5, agree: { seeds: 1, of: 2 } },
      { task: 'b', closest: 'a', distance: -2, agree: { seeds: 2, of: 2 } },
      { task: 'c', closest: 'a', distance: -1.5, agree: { seeds: 1, of: 2 } },
    ]);
  });

  it('tell what is as near as the task’s own network of other first weights', () => {
    // To c the null is −2: a and b reach it with −1.5. To a it is −1, to b −1.5.
    const at = IDS.map((_, s) => IDS.map((_, t) => isAtOwn(leep, s, t)));
    expect(at).toEqual([
      [false, false, true],
      [false, false, true],
      [false, false, false],
    ]);
    const [, , first] = tableText(measureTable(found, leep)).split('\n');
    expect(first).toMatch(/^a a <&> rest +-1\.00 ± 0 +-2\.00 ± 0 +\(-1\.50 ± 0\.71\)$/);
  });

  it('have no number where no seed has one, and such a source is never the nearest', () => {
    const cells = FACTS.cells.map((cell) =>
      cell.source === 'a' && cell.target === 'c' ? { ...cell, values: {} } : cell,
    );
    const [lost] = measuresOf({ ...FACTS, cells }).measures;
    expect(lost.cells[0][2]).toBeNull();
    expect(lost.closest[2]).toMatchObject({ closest: 'b' });
    expect(tableText(measureTable(found, lost))).toMatch(/–$/m);
  });

  it('are as their schema says, whatever JSON makes of the numbers', () => {
    expect(measuresSchema.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
  });
});

describe('the page of measures', () => {
  const found = measuresOf(FACTS);

  it('is well-formed, and holds nearest sources, heat maps and what is needed', () => {
    const text = textOf(parseXml(measuresHtml(found).replace('<!doctype html>', '')));
    expect(text).toContain('Nearest by LEEP');
    expect(text).toContain('what the source’s network answers to the target’s images');
    expect(tableText(nearestTable(found))).toMatch(/^b b <&> rest +a \(2 of 2 seeds\)$/m);
  });

  it('has a heat map of means and one of deviations; numbers below 0 have their place on the scale', () => {
    const figures = measureFigures(found);
    expect(figures.map(({ name }) => name)).toEqual(['heatmap-leep-mean', 'heatmap-leep-sd']);
    const said = labels(parseXml(figures[0].svg));
    // The least and the most of the cells stand at the ends of the colour bar.
    expect(said).toEqual(expect.arrayContaining(['-3.00', '-1.00', '(-1.50)']));
  });
});
