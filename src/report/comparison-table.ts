import type { ComparedRow, Comparison, Measured } from './comparison';
import { formatMillions, formatSeconds } from './format';
import { formatSpread } from './spread';
import { NOTHING, type TextTable } from './table';

/** Published figures and ours, side by side; a published row that was not run says so. */
export function comparedTable({ rows }: Pick<Comparison, 'rows'>): TextTable {
  const column = (name: string, numeric = true) => ({ name, numeric });
  return {
    columns: [
      column('Architecture', false),
      ...[column('Published error %'), column('Parameters (M)'), column('GPU days')],
      ...[column('Our error %'), column('Parameters (M)'), column('GPU time')],
      column('Run as', false),
    ],
    rows: rows.map(({ published, measured }) => [
      published?.architecture ?? measured?.architecture ?? NOTHING,
      published?.testErrorPercent.toFixed(2) ?? NOTHING,
      orNothing(published?.parametersM, formatMillions),
      orNothing(published?.gpuDays, String),
      ...ourCells({ published, measured } as ComparedRow),
    ]),
  };
}

function ourCells({ measured }: ComparedRow): string[] {
  if (!measured) return ['not run', NOTHING, NOTHING, ''];
  return [
    errorText(measured),
    orNothing(measured.parametersM, formatMillions),
    orNothing(measured.gpuSeconds, formatSeconds),
    runAs(measured),
  ];
}

/** '4.75', or '4.75 ± 0.30' over seeds. */
export function errorText({ errorPercent, seeds }: Measured): string {
  const two = (value: number) => value.toFixed(2);
  return seeds > 1 ? formatSpread(errorPercent, two) : two(errorPercent.mean);
}

const runAs = ({ architecture, preset, seeds }: Measured): string =>
  `${architecture}, preset ${preset}${seeds > 1 ? `, ${seeds} seeds` : ''}`;

const orNothing = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? NOTHING : format(value);
