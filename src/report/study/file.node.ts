import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeFileAtomic } from '../../data/files.node';
import { studyFigures, studyHtml } from './section';
import { type Study, studyFileSchema, studySchema } from './study';

/** Name of the file that holds a study. */
export const STUDY_FILE = 'study.json';

/** Writes study.json, study.html and every picture as an SVG of its own into a folder. Returns their names. */
export async function writeStudy(dir: string, study: Study): Promise<string[]> {
  const checked = studySchema.parse(study);
  const files: [name: string, content: string][] = [
    [STUDY_FILE, `${JSON.stringify(checked, null, 2)}\n`],
    ...studyFigures(checked).map(({ name, svg }): [string, string] => [`${name}.svg`, `${svg}\n`]),
    ['study.html', studyHtml(checked)],
  ];
  for (const [name, content] of files) await writeFileAtomic(join(dir, name), content);
  return files.map(([name]) => name);
}

/** The study in a folder, or null if there is none. @throws DataError if it is of another form */
export async function readStudy(dir: string): Promise<Study | null> {
  const path = join(dir, STUDY_FILE);
  return existsSync(path) ? readJson(path, studyFileSchema) : null;
}
