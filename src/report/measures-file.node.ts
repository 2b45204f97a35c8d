import { readFindings, writeFindings } from './findings.node';
import { type Measures, measuresSchema } from './measure-matrices';
import { measureFigures, measuresHtml } from './measure-section';

const NAME = 'measures';

/** Writes measures.json, measures.html and every picture as an SVG of its own into a folder. Returns their names. */
export function writeMeasures(dir: string, measures: Measures): Promise<string[]> {
  const found = measuresSchema.parse(measures);
  return writeFindings(dir, {
    name: NAME,
    found,
    figures: measureFigures(found),
    page: measuresHtml(found),
  });
}

/** The measures in a folder, or null if there are none. @throws DataError if they are of another form */
export const readMeasures = (dir: string): Promise<Measures | null> =>
  readFindings(dir, NAME, measuresSchema);
