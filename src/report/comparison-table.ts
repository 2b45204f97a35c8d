import type { ComparedRow, Comparison, Measured } from './comparison';
import { formatMillions, formatSeconds } from './format';
import { formatSpread } from './statistics/spread';
import { columns, NOTHING, type TextTable } from './table';

/** Published figures and ours, side by side. A published row that was not run says so. */
export function comparedTable({ rows }: Pick<Comparison, 'rows'>): TextTable {
  return {
    columns: columns(
      'Architecture',
      '#Published error %',
      '#Parameters (M)',
      '#GPU days',
      '#Our error %',
      '#Parameters (M)',
      '#GPU time',
      'Run as',
    ),
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
