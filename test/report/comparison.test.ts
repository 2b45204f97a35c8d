import { describe, expect, it } from 'vitest';
import { compareWithPublished } from '../../src/report/comparison';
import { comparisonSvg } from '../../src/report/comparison-picture';
import { comparedTable } from '../../src/report/comparison-table';
import { type Results, resultsSchema } from '../../src/report/results';
import { tableText } from '../../src/report/table';
import { olderResults, results } from './fixture';
import { all, parseXml, textOf } from './xml';

/** Test errors in percent of DESIGN section 6, accuracies there taken from 100; parameters in millions, GPU days. */
const PUBLISHED = {
  mnist: {
    'LD-NAS (task-aware)': ['0.33', '2.28', '–'],
    'Random search': ['0.41', '–', '–'],
    DARTS: ['0.49', '–', '–'],
    'ResNet-18': ['0.44', '–', '–'],
    'VGG-16': ['0.45', '–', '–'],
    'DenseNet-121': ['0.39', '–', '–'],
    ENAS: ['2.23', '–', '–'],
  },
  cifar10: {
    'LD-NAS (task-aware)': ['9.13', '3.02', '–'],
    DARTS: ['9.89', '–', '–'],
    'Random search': ['11.45', '–', '–'],
    'DenseNet-121': ['11.88', '–', '–'],
    'ResNet-18': ['13.07', '–', '–'],
    'VGG-16': ['13.25', '–', '–'],
    ENAS: ['24.78', '–', '–'],
  },
  quickdraw: {
    'ResNet-18': ['1.42', '11.44', '–'],
    'ResNet-34': ['1.20', '21.54', '–'],
    'DenseNet-161': ['1.17', '27.60', '–'],
    'Random search': ['1.33', '2.55', '4'],
    'FUSE standard': ['1.21', '2.89', '2'],
    'FUSE task-aware': ['1.18', '2.72', '2'],
  },
} as const;
type Name = keyof typeof PUBLISHED;

/** Figures that no paper prints. */
const row = (architecture: string, testErrorPercent: number | null) => ({
  architecture,
  testErrorPercent,
  parametersM: 7.77,
  gpuSeconds: 66.6,
});

const runOn = (target: string, table: Results['table'], more: Partial<Results> = {}): Results => ({
  ...results,
  search: [],
  target,
  table,
  cutDown: ['Seeds: 1 instead of 10'],
  ...more,
});

const comparison = (name: Name, ...runs: Results[]) => {
  const found = compareWithPublished(runs).find((one) => one.name === name);
  if (!found) throw new Error(`no table ${name}`);
  return found;
};
const lines = (name: Name, ...runs: Results[]) => comparedTable(comparison(name, ...runs)).rows;

describe('the published tables with ours beside', () => {
  it.each(Object.keys(PUBLISHED) as Name[])('%s: every published figure, and "not run" of all', (name) => {
    const found = lines(name);
    expect(
      Object.fromEntries(found.map(([architecture, ...cells]) => [architecture, cells.slice(0, 3)])),
    ).toEqual(PUBLISHED[name]);
    for (const cells of found) expect(cells.slice(4)).toEqual(['not run', '–', '–', '']);
  });

  it.each([
    ['3', 'mnist', 'FUSE task-aware', 'LD-NAS (task-aware)'],
    ['3', 'mnist', 'Random search', 'Random search'],
    ['3', 'mnist', 'DARTS', 'DARTS'],
    ['3', 'mnist', 'vgg16', 'VGG-16'],
    ['6', 'cifar10', 'resnet18', 'ResNet-18'],
    ['6', 'cifar10', 'densenet121', 'DenseNet-121'],
    ['quickdraw:all', 'quickdraw', 'resnet34', 'ResNet-34'],
    ['quickdraw:all', 'quickdraw', 'densenet161', 'DenseNet-161'],
    ['quickdraw:all', 'quickdraw', 'FUSE task-aware', 'FUSE task-aware'],
    ['quickdraw:all', 'quickdraw', 'FUSE standard', 'FUSE standard'],
  ] as const)('a run on task %s puts %s figures of %s beside those of %s', (target, name, ours, theirs) => {
    const run = runOn(target, [row(ours, 55.55)]);
    // Seeds of searches on task 3 were measured before, in preset quick.
    const sd = { 'FUSE task-aware': '0.39', 'Random search': '0.29', DARTS: '1.92' }[ours as string];
    const error = target === '3' && sd ? `55.55 (± ${sd})` : '55.55';
    for (const other of Object.keys(PUBLISHED) as Name[]) {
      const measured = lines(other, run).filter((cells) => cells[4] !== 'not run');
      expect(measured.map((cells) => [cells[0], ...cells.slice(4)])).toEqual(
        other === name ? [[theirs, error, '7.77', '1 min 7 s', `${ours}, preset quick, one seed`]] : [],
      );
    }
  });

  it('our parameters never stand beside a published number without the head’s share', () => {
    const cell = { ...row('FUSE task-aware', 4), kind: 'search' as const, parametersM: 0.08, headM: 0.06 };
    const handMade = { ...row('vgg16', 4), kind: 'hand-made' as const, parametersM: 10, headM: 0.001 };
    const run = runOn('3', [cell, handMade]);
    const parameters = lines('mnist', run).map((cells) => cells[5]);
    expect(parameters.slice(0, 1)).toEqual(['0.080, 75 % head']);
    expect(parameters).toContain('10.00, 0 % head');
    // Hand-made networks do not count among the searched.
    expect(comparison('mnist', run).notes[0]).toMatch(
      /^preset quick: Seeds: 1 instead of 10\. Of the searched networks’ parameters 75 % are the linear head’s/,
    );
  });

  it('a head of nearly all parameters is not said to be all of them', () => {
    const cell = { ...row('DARTS', 4), kind: 'search' as const, parametersM: 1, headM: 0.9989 };
    expect(lines('mnist', runOn('3', [cell])).find(([name]) => name === 'DARTS')?.[5]).toBe(
      '1.00, 99.9 % head',
    );
  });

  it('an architecture that the paper has not stands below, without published figures', () => {
    const last = lines('mnist', runOn('3', [row('FUSE standard', 4), row('NN2 × 0.25', 55.55)])).slice(-2);
    expect(last.map((cells) => cells.slice(0, 5))).toEqual([
      ['FUSE standard', '–', '–', '–', '4.00 (± 0.47)'],
      ['NN2 × 0.25', '–', '–', '–', '55.55'],
    ]);
  });

  it('a reduced width stands beside the published network and says so', () => {
    const table = [row('vgg16 × 0.5', 33.33), row('vgg16', 22.22)];
    const found = lines('mnist', runOn('3', table)).filter(([name]) => name === 'VGG-16');
    expect(found.map((cells) => [cells[1], cells[4], cells[7]])).toEqual([
      ['0.45', '33.33', 'vgg16 × 0.5, preset quick, one seed'],
      ['0.45', '22.22', 'vgg16, preset quick, one seed'],
    ]);
  });

  it('runs with other seeds give mean and deviation, those of another preset a line of their own', () => {
    const runs = [
      runOn('3', [row('DARTS', 10)]),
      runOn('3', [row('DARTS', 12)], { seed: results.seed + 1 }),
      runOn('3', [row('DARTS', 2)], { preset: 'paper', cutDown: [] }),
    ];
    const found = lines('mnist', ...runs).filter(([name]) => name === 'DARTS');
    expect(found.map((cells) => [cells[4], cells[7]])).toEqual([
      ['11.00 ± 1.41', 'DARTS, preset quick, 2 seeds'],
      ['2.00', 'DARTS, preset paper, one seed'],
    ]);
    expect(comparison('mnist', ...runs).notes).toEqual([
      'preset quick: Seeds: 1 instead of 10',
      'preset paper: nothing was cut down',
    ]);
  });

  it('a run that has several seeds itself gives its own mean and deviation', () => {
    const several = runOn('3', [{ ...row('DARTS', 10), errorSd: 0.5, seeds: 3 }]);
    const found = lines('mnist', several).find(([name]) => name === 'DARTS');
    expect([found?.[4], found?.[7]]).toEqual(['10.00 ± 0.50', 'DARTS, preset quick, 3 seeds']);
  });

  it('a seed run twice counts once, as it came out last', () => {
    const early = runOn('3', [row('DARTS', 10)], { startedAt: '2026-01-01T10:00:00Z' });
    const late = runOn('3', [row('DARTS', 12)], { startedAt: '2026-01-01T11:00:00Z' });
    for (const runs of [
      [early, late],
      [late, early],
    ])
      expect(lines('mnist', ...runs).find(([name]) => name === 'DARTS')?.[4]).toBe('12.00 (± 1.92)');
  });

  it('a row that the run itself left out is not run here either', () => {
    const found = lines('mnist', runOn('3', [row('resnet18', null)])).find(([name]) => name === 'ResNet-18');
    expect(found?.[4]).toBe('not run');
  });

  it('results from before there was a target go by their searches', () => {
    const { target: _, ...older } = olderResults;
    const read = resultsSchema.parse(JSON.parse(JSON.stringify(older)));
    const found = lines('mnist', read).filter((cells) => cells[4] !== 'not run');
    expect(found.map(([name]) => name)).toEqual([
      'LD-NAS (task-aware)',
      'Random search',
      'FUSE standard',
      'NN2',
    ]);
  });

  it('is a table that the terminal can print', () => {
    const text = tableText(comparedTable(comparison('cifar10', runOn('6', [row('resnet18', 55.55)]))));
    expect(text).toMatch(
      /^ResNet-18 +13\.07 +– +– +55\.55 +7\.77 +1 min 7 s +resnet18, preset quick, one seed$/m,
    );
  });
});

describe('the picture of a comparison', () => {
  const svg = parseXml(
    comparisonSvg(comparison('mnist', runOn('3', [row('vgg16', 55.55), row('NN2', 44.44)]))),
  );
  const words = all(svg, 'text').map(textOf);

  it('names every architecture, the axis with its unit, and both series', () => {
    const names = [...Object.keys(PUBLISHED.mnist), 'NN2', 'test error (%)', 'published', 'ours'];
    for (const name of names) expect(words).toContain(name);
  });

  it('writes both figures at the bars, and says what was not run', () => {
    for (const value of ['0.45', '55.55', '44.44']) expect(words).toContain(value);
    expect(words.filter((word) => word === 'not run')).toHaveLength(6);
  });

  it('tells the same to who cannot see it', () => {
    const label = svg.attributes.get('aria-label');
    expect(label).toContain('VGG-16: published 0.45, ours 55.55; ENAS: published 2.23, not run');
    expect(label).toContain('NN2: not published, ours 44.44');
  });
});
