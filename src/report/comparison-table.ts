import { type ComparedRow, type Comparison, type Measured, percentOf } from './comparison';
import { formatMillions, formatSeconds } from './format';
import { singleError } from './seed-spread';
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
    parametersText(measured),
    orNothing(measured.gpuSeconds, formatSeconds),
    runAs(measured),
  ];
}

/** '0.071, 99 % head': never a number of parameters alone beside a published one, where it is known. */
function parametersText({ parametersM, headShare }: Measured): string {
  const millions = orNothing(parametersM, formatMillions);
  return headShare === null ? millions : `${millions}, ${percentOf(headShare)} head`;
}

/** '4.75 ± 0.30' over seeds; of one seed '4.75', or '4.75 (± 0.48)' with what seeds of its preset differ by. */
export function errorText(measured: Measured): string {
  const { architecture, errorPercent, seeds } = measured;
  return seeds > 1
    ? formatSpread(errorPercent, (value) => value.toFixed(2))
    : singleError(errorPercent.mean, architecture, measured);
}

const runAs = ({ architecture, preset, seeds }: Measured): string =>
  `${architecture}, preset ${preset}, ${seeds > 1 ? `${seeds} seeds` : 'one seed'}`;

const orNothing = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? NOTHING : format(value);
