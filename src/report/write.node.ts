import { join } from 'node:path';
import { readJson, writeFileAtomic } from '../data/files.node';
import { type Comparison, compareWithPublished } from './comparison';
import { reportFigures } from './figures';
import { reportHtml } from './html';
import { readMeasures } from './measures-file.node';
import { parseResults, type Results, resultsSchema } from './results';
import { readStudy } from './study/file.node';
import { readTransfer } from './transfer-file.node';

/** Name of the file that holds a run's facts. */
export const RESULTS_FILE = 'results.json';

/**
 * Writes results.json, report.html and every picture as an SVG of its own into a folder, which is made where it is
 * missing. A transfer check, a study or task measures that are there are taken into the page.
 * `comparisons` default to this run's rows beside the published figures. Returns the paths. Throws
 * ResultsError before anything is written if the results are not whole.
 */
export async function writeReport(
  dir: string,
  results: Results,
  comparisons: readonly Comparison[] = compareWithPublished([results]),
): Promise<string[]> {
  const checked = parseResults(results);
  const figures = reportFigures(checked, comparisons);
  const transfer = await readTransfer(dir);
  const study = await readStudy(dir);
  const measures = await readMeasures(dir);
  const files: [name: string, content: string][] = [
    [RESULTS_FILE, `${JSON.stringify(checked, null, 2)}\n`],
    ...figures.map(({ name, svg }): [string, string] => [`${name}.svg`, `${svg}\n`]),
    ['report.html', reportHtml(checked, comparisons, figures, transfer, study, measures)],
  ];
  const paths: string[] = [];
  for (const [name, content] of files) {
    const path = join(dir, name);
    await writeFileAtomic(path, content);
    paths.push(path);
  }
  return paths;
}

/** Reads a results.json back. Throws DataError if it is missing, no JSON, or of another shape. */
export function readResults(path: string): Promise<Results> {
  return readJson(path, resultsSchema);
}
