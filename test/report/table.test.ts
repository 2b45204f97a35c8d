import { describe, expect, it } from 'vitest';
import type { TableRow } from '../../src/report/results';
import { comparisonTable, tableHtml, tableText } from '../../src/report/table';
import { all, parseXml, textOf } from './xml';

const rows: TableRow[] = [
  {
    architecture: 'FUSE task-aware',
    kind: 'search',
    testErrorPercent: 3.571,
    parametersM: 0.0713,
    headM: 0.0706,
    cost: {
      search: { steps: 1080, networks: 9, gpuSeconds: 200 },
      training: { steps: 564, networks: 1, gpuSeconds: 3.44 },
    },
    gpuSeconds: 203.44,
  },
  {
    architecture: 'No search, mean of 3',
    kind: 'no search',
    testErrorPercent: 4.25,
    errorSd: 0.125,
    parametersM: 0.5,
    headM: 0.25,
    cost: { search: null, training: { steps: 564, networks: 1, gpuSeconds: 3 } },
    gpuSeconds: 3,
  },
  { architecture: 'VGG-16', testErrorPercent: null, parametersM: null, gpuSeconds: null },
];
/** What results.json of version 0.1.0 had. */
const older: TableRow[] = [
  { architecture: 'FUSE task-aware', testErrorPercent: 3.571, parametersM: 0.0713, gpuSeconds: 200 },
  { architecture: 'VGG-16', testErrorPercent: null, parametersM: null, gpuSeconds: null },
];

describe('comparison table', () => {
  it('says errors, body and head apart, and what search and training took', () => {
    expect(tableText(comparisonTable(rows))).toBe(
      [
        'Architecture              Error %  Body (M)  Head (M)  Networks  Steps      Search  Final steps  Final training',
        '────────────────────  ───────────  ────────  ────────  ────────  ─────  ──────────  ───────────  ──────────────',
        'FUSE task-aware              3.57    0.0007     0.071         9  1\u202f080  3 min 20 s          564           3.4 s',
        'No search, mean of 3  4.25 ± 0.13     0.250     0.250         –      –           –          564           3.0 s',
        'VGG-16                    not run         –         –         –      –           –            –               –',
      ].join('\n'),
    );
  });

  it('is no wider than a terminal of 120 columns', () => {
    const [widest] = [{ ...rows[0], architecture: 'smallCifarNet × 0.125' }];
    for (const line of tableText(comparisonTable([widest, ...rows])).split('\n'))
      expect(line.length).toBeLessThanOrEqual(120);
  });

  it('puts in brackets what seeds differ by, of one search, where that was measured', () => {
    const errors = (by: { preset: string; target?: string }) =>
      comparisonTable(rows, by).rows.map((row) => row[1]);
    expect(errors({ preset: 'quick', target: '3' })).toEqual(['3.57 (± 0.39)', '4.25 ± 0.13', 'not run']);
    expect(errors({ preset: 'quick', target: '6' })[0]).toBe('3.57');
    expect(errors({ preset: 'quick' })[0]).toBe('3.57');
    expect(errors({ preset: 'paper', target: '3' })[0]).toBe('3.57');
    const named = { ...rows[0], architecture: 'Random search' };
    const wide = comparisonTable([named, ...rows], { preset: 'quick', target: '3' });
    expect(wide.rows[0][1]).toBe('3.57 (± 0.29)');
    for (const line of tableText(wide).split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  it('of older results has the sums that they have, numbers to the right', () => {
    expect(tableText(comparisonTable(older))).toBe(
      [
        'Architecture     Error %  Parameters (M)    GPU time',
        '───────────────  ───────  ──────────────  ──────────',
        'FUSE task-aware     3.57           0.071  3 min 20 s',
        'VGG-16           not run               –           –',
      ].join('\n'),
    );
  });

  it('says "not run" of a row without an error, on the page too', () => {
    const row = all(parseXml(tableHtml(comparisonTable(older)).text), 'tr').at(-1);
    expect(row && textOf(row)).toBe('VGG-16not run––');
  });

  it('has a column for notes only where there are some', () => {
    expect(comparisonTable(older).columns).toHaveLength(4);
    const noted = comparisonTable([{ ...older[0], note: '3 epochs' }, older[1]]);
    expect(noted.columns.at(-1)?.name).toBe('Note');
    expect(noted.rows.map((row) => row.at(-1))).toEqual(['3 epochs', '']);
  });

  it('escapes the names it is given', () => {
    const table = comparisonTable([{ ...(older[0] as TableRow), architecture: '<b>&"\'' }]);
    const [name] = all(parseXml(tableHtml(table).text), 'tbody').flatMap((body) => all(body, 'th'));
    expect(name && textOf(name)).toBe('<b>&"\'');
  });
});
