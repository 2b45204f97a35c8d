import type { Study } from '../../report/study/study';
import { armTable, pairTable, studyNote } from '../../report/study/table';
import { regretTable, tableNote } from '../../report/study/table-facts';
import { tableText } from '../../report/table';

/** A study for the terminal: its tables, and the sentence that they bear out. */
export function studyText(study: Study): string {
  const { pairs, table, sentence } = study;
  return [
    tableText(armTable(study)),
    ...(pairs.length > 0 ? ['', tableText(pairTable(study))] : []),
    studyNote(study),
    ...(table ? ['', tableText(regretTable(table)), tableNote(table)] : []),
    '',
    sentence,
  ].join('\n');
}
