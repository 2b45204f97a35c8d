import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { measuresOf } from '../../src/report/measure-matrices';
import { readMeasures, writeMeasures } from '../../src/report/measures-file.node';
import { writeReport } from '../../src/report/write.node';
import { useFolder } from '../data/folder';
import { results } from './fixture';
import { FACTS } from './measures-fixture';

const folder = useFolder();

it('task measures read back as they were, and are taken into the report of the same folder', async () => {
  expect(await readMeasures(folder.path)).toBeNull();
  const measures = measuresOf(FACTS);
  expect(await writeMeasures(folder.path, measures)).toEqual([
    'measures.json',
    'heatmap-leep-mean.svg',
    'heatmap-leep-sd.svg',
    'measures.html',
  ]);
  expect(await readMeasures(folder.path)).toEqual(measures);
  await writeReport(folder.path, results);
  const page = await readFile(join(folder.path, 'report.html'), 'utf8');
  expect(page).toContain('<section id="measures">');
  expect(page).toContain('<figure id="heatmap-leep-mean"');
});

it('task measures of another form are refused by the name of their file', async () => {
  await writeFile(join(folder.path, 'measures.json'), '{"measures": 7}');
  await expect(readMeasures(folder.path)).rejects.toThrow(/measures\.json, field /);
});
