import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '../data/files.node';
import { type Measures, measuresSchema } from './measure-matrices';
import { measureFigures, measuresHtml } from './measure-section';

const MEASURES_FILE = 'measures.json';

/** Writes measures.json, measures.html and every picture as an SVG of its own into a folder. Returns their names. */
export async function writeMeasures(dir: string, measures: Measures): Promise<string[]> {
  const checked = measuresSchema.parse(measures);
  const files: [name: string, content: string][] = [
    [MEASURES_FILE, `${JSON.stringify(checked, null, 2)}\n`],
    ...measureFigures(checked).map(({ name, svg }): [string, string] => [`${name}.svg`, `${svg}\n`]),
    ['measures.html', measuresHtml(checked)],
  ];
  for (const [name, content] of files) await writeFileAtomic(join(dir, name), content);
  return files.map(([name]) => name);
}

/** The measures in a folder, or null if there are none. @throws DataError if they are of another form */
export async function readMeasures(dir: string): Promise<Measures | null> {
  const path = join(dir, MEASURES_FILE);
  return existsSync(path) ? readJson(path, measuresSchema) : null;
}
