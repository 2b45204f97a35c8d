import { readFindings, writeFindings } from '../findings.node';
import { studyFigures, studyHtml } from './section';
import { type Study, studyFileSchema, studySchema } from './study';

const NAME = 'study';
/** Name of the file that holds a study. */
export const STUDY_FILE = `${NAME}.json`;

/** Writes study.json, study.html and every picture as an SVG of its own into a folder. Returns their names. */
export function writeStudy(dir: string, study: Study): Promise<string[]> {
  const found = studySchema.parse(study);
  return writeFindings(dir, { name: NAME, found, figures: studyFigures(found), page: studyHtml(found) });
}

/** The study in a folder, or null if there is none. @throws DataError if it is of another form */
export const readStudy = (dir: string): Promise<Study | null> => readFindings(dir, NAME, studyFileSchema);
