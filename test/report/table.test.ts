import { describe, expect, it } from 'vitest';
import type { TableRow } from '../../src/report/results';
import { comparisonTable, tableHtml, tableText } from '../../src/report/table';
import { all, parseXml, textOf } from './xml';

const rows: TableRow[] = [
  { architecture: 'FUSE task-aware', testErrorPercent: 3.571, parametersM: 0.0713, gpuSeconds: 200 },
  { architecture: 'VGG-16', testErrorPercent: null, parametersM: null, gpuSeconds: null },
];

describe('comparison table', () => {
  it('is aligned in the terminal, numbers to the right', () => {
    expect(tableText(comparisonTable(rows))).toBe(
      [
        'Architecture     Error %  Parameters (M)    GPU time',
        '───────────────  ───────  ──────────────  ──────────',
        'FUSE task-aware     3.57           0.071  3 min 20 s',
        'VGG-16           not run               –           –',
      ].join('\n'),
    );
  });

  it('says "not run" of a row without an error, on the page too', () => {
    const row = all(parseXml(tableHtml(comparisonTable(rows)).text), 'tr').at(-1);
    expect(row && textOf(row)).toBe('VGG-16not run––');
  });

  it('shows published figures and notes in columns of their own, only where there are some', () => {
    const published = {
      architecture: 'VGG-16',
      testErrorPercent: 0.45,
      parametersM: null,
      gpuDays: null,
      source: 'a paper',
    };
    const table = comparisonTable([
      { architecture: 'NN1', testErrorPercent: 1, parametersM: 2.5, gpuSeconds: 1, note: '3 epochs' },
      { architecture: 'VGG-16', testErrorPercent: null, parametersM: null, gpuSeconds: null, published },
    ]);
    expect(table.columns.map(({ name }) => name).slice(4)).toEqual(['Published', 'Note']);
    expect(table.rows[0]?.slice(4)).toEqual(['–', '3 epochs']);
    expect(table.rows[1]?.slice(4)).toEqual(['0.45 %', '']);
  });

  it('escapes the names it is given', () => {
    const table = comparisonTable([{ ...(rows[0] as TableRow), architecture: '<b>&"\'' }]);
    const [name] = all(parseXml(tableHtml(table).text), 'tbody').flatMap((body) => all(body, 'th'));
    expect(name && textOf(name)).toBe('<b>&"\'');
  });
});
