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

  it('has a column for notes only where there are some', () => {
    expect(comparisonTable(rows).columns).toHaveLength(4);
    const noted = comparisonTable([{ ...rows[0], note: '3 epochs' }, rows[1]]);
    expect(noted.columns.at(-1)?.name).toBe('Note');
    expect(noted.rows.map((row) => row.at(-1))).toEqual(['3 epochs', '']);
  });

  it('escapes the names it is given', () => {
    const table = comparisonTable([{ ...(rows[0] as TableRow), architecture: '<b>&"\'' }]);
    const [name] = all(parseXml(tableHtml(table).text), 'tbody').flatMap((body) => all(body, 'th'));
    expect(name && textOf(name)).toBe('<b>&"\'');
  });
});
