import { plainLine } from '../../runtime/plain';
import { formatCount, formatMillions, formatSeconds } from './format';
import { html, type Markup } from './markup';
import type { TableRow } from './results';
import { type SearchedWith, singleError } from './seed-spread';
import { formatSpread } from './statistics/spread';

/** A table as text: what the terminal and the page both print. */
export interface TextTable {
  readonly columns: readonly { readonly name: string; readonly numeric: boolean }[];
  readonly rows: readonly (readonly string[])[];
}

/** Columns by their names. A '#' before a name says that numbers stand in it. */
export const columns = (...names: string[]): TextTable['columns'] =>
  names.map((name) => {
    const numeric = name.startsWith('#');
    return { name: numeric ? name.slice(1) : name, numeric };
  });

/** What stands where there is no figure. */
export const NOTHING = '–';

/**
 * What a run's architectures reached and cost: parameters without the head and of the head, networks and steps of the
 * search with its time, steps of the training with its time. Older results have only sums. There is a column for notes
 * only where there are some. An error of one search has in brackets what seeds of the preset differ by, where that is
 * known.
 * @param by the results that the rows are of; left out, nothing stands in brackets
 */
export function comparisonTable(rows: readonly TableRow[], by?: SearchedWith): TextTable {
  const isDetailed = rows.some(({ cost }) => cost);
  const withNotes = rows.some(({ note }) => note);
  return {
    columns: columns(
      'Architecture',
      '#Error %',
      ...(isDetailed ? DETAILS : ['#Parameters (M)', '#GPU time']),
      ...(withNotes ? ['Note'] : []),
    ),
    rows: rows.map((row) => [
      row.architecture,
      errorOf(row, by),
      ...(isDetailed ? detailsOf(row) : sumsOf(row)),
      ...(withNotes ? [row.note ?? ''] : []),
    ]),
  };
}

const DETAILS = [
  '#Body (M)',
  '#Head (M)',
  '#Networks',
  '#Steps',
  '#Search',
  '#Final steps',
  '#Final training',
];

function errorOf({ architecture, testErrorPercent, errorSd }: TableRow, by?: SearchedWith): string {
  if (testErrorPercent === null) return 'not run';
  return errorSd === undefined
    ? singleError(testErrorPercent, architecture, by)
    : formatSpread({ mean: testErrorPercent, sd: errorSd }, (value) => value.toFixed(2));
}

const sumsOf = ({ parametersM, gpuSeconds }: TableRow): string[] => [
  parametersM === null ? NOTHING : formatMillions(parametersM),
  gpuSeconds === null ? NOTHING : formatSeconds(gpuSeconds),
];

function detailsOf({ parametersM, headM, cost }: TableRow): string[] {
  const { search, training } = cost ?? { search: null, training: null };
  return [
    ...(parametersM === null || headM === undefined
      ? [NOTHING, NOTHING]
      : [formatMillions(parametersM - headM), formatMillions(headM)]),
    ...(search
      ? [formatCount(search.networks), formatCount(search.steps), formatSeconds(search.gpuSeconds)]
      : [NOTHING, NOTHING, NOTHING]),
    ...(training ? [formatCount(training.steps), formatSeconds(training.gpuSeconds)] : [NOTHING, NOTHING]),
  ];
}

/** Aligned lines for a terminal, numbers to the right, without a trailing line break. */
export function tableText({ columns, rows: cells }: TextTable): string {
  const rows = cells.map((row) => row.map(plainLine));
  const widths = columns.map(({ name }, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ numeric }, column) => {
        const cell = cells[column] ?? '';
        const width = widths[column] ?? 0;
        return numeric ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(columns.map(({ name }) => name)), rule, ...rows.map(line)].join('\n');
}

/** The same table as HTML. It scrolls by itself where the page is too narrow. */
export function tableHtml({ columns, rows }: TextTable): Markup {
  const side = (column: number) => (columns[column]?.numeric ? 'number' : 'text');
  return html`<div class="scroll"><table>
<thead><tr>${columns.map(({ name }, column) => html`<th scope="col" class="${side(column)}">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, column) =>
        column === 0
          ? html`<th scope="row" class="${side(column)}">${cell}</th>`
          : html`<td class="${side(column)}">${cell}</td>`,
      )}</tr>`,
  )}</tbody>
</table></div>`;
}
