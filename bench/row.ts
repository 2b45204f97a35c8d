import { type TextTable, tableText } from '../src/report/table';
import type { Timing } from './contest';

export type Unit = 'ms' | 'MB' | 'submits' | 'readbacks';

/** What a row wants: of the ratio, or of our own figure. */
export type Target =
  | { readonly of: 'ratio' | 'ours'; readonly atMost: number }
  | { readonly of: 'ratio'; readonly atLeast: number };

/** What our figure is compared with. */
export interface Rival {
  readonly name: string;
  readonly value: number;
  readonly timing?: Timing;
}

/** One line of the table. */
export interface Row {
  readonly work: string;
  readonly shape: string;
  readonly ours: number;
  readonly unit: Unit;
  readonly timing?: Timing;
  readonly flopsPerSecond?: number;
  /** Of the machine's measured rate at what bounds the work, 0 to 1. */
  readonly limitShare?: number;
  readonly boundBy?: 'compute' | 'memory';
  readonly rival?: Rival;
  /** Rivals that have no figure, and why. */
  readonly cannot?: Readonly<Record<string, string>>;
  readonly wasm?: Rival;
  readonly target?: Target;
  /** Why there is no figure to trust. */
  readonly failure?: string;
}

/**
 * How a row stands to its rival: the rival's figure over ours, or, where the target is an upper bound, ours over the
 * rival's.
 */
export function ratioOf({ ours, rival, target }: Row, against = rival): number | undefined {
  if (!against) return undefined;
  return target && 'atMost' in target ? ours / against.value : against.value / ours;
}

/** Undefined where there is no target, or nothing to hold against it. */
export function isMet(row: Row): boolean | undefined {
  const { target, failure, ours } = row;
  if (failure) return false;
  if (!target) return undefined;
  const value = target.of === 'ours' ? ours : ratioOf(row);
  if (value === undefined) return undefined;
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

const NOTHING = '–';
const times = (ratio: number | undefined) => (ratio === undefined ? NOTHING : `${significant(ratio)} ×`);

function significant(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 4));
}

function targetText({ target }: Row): string {
  if (!target) return NOTHING;
  const unit = target.of === 'ratio' ? ' ×' : '';
  return 'atMost' in target ? `≤ ${target.atMost}${unit}` : `≥ ${target.atLeast}${unit}`;
}

function rivalText({ rival, cannot = {} }: Row): string {
  if (rival) return significant(rival.value);
  return Object.keys(cannot).length > 0 ? 'cannot' : NOTHING;
}

function verdict(row: Row): string {
  if (row.failure) return 'FAILED';
  const met = isMet(row);
  return met === undefined ? '' : met ? 'met' : 'MISSED';
}

/** `*` where a figure is the median of fewer measurements than usual. */
const fewMark = (few: number, { timing, rival }: Row) =>
  [timing, rival?.timing].some((one) => one && one.measurements <= few) ? '*' : '';

function cells(row: Row, adapter: string, few: number): string[] {
  const { work, shape, ours, unit, flopsPerSecond, limitShare, boundBy, rival, wasm, failure } = row;
  return [
    work,
    shape,
    adapter,
    failure ? NOTHING : `${significant(ours)} ${unit}${fewMark(few, row)}`,
    flopsPerSecond === undefined ? NOTHING : significant(flopsPerSecond / 1e9),
    limitShare === undefined ? NOTHING : `${(limitShare * 100).toFixed(0)} % ${boundBy}`,
    rival?.name ?? Object.keys(row.cannot ?? {})[0] ?? NOTHING,
    rivalText(row),
    times(ratioOf(row)),
    targetText(row),
    verdict(row),
    wasm ? times(ratioOf(row, wasm)) : NOTHING,
  ];
}

/** All rows as aligned text; `few` is the number of measurements that earns a row its asterisk. */
export function benchTable(rows: readonly Row[], adapter: string, few: number): string {
  const text = (name: string) => ({ name, numeric: false });
  const number = (name: string) => ({ name, numeric: true });
  const table: TextTable = {
    columns: [
      ...[
        text('Work'),
        text('Shape'),
        text('Adapter'),
        number('Ours'),
        number('GFLOP/s'),
        number('Of limit'),
      ],
      ...[text('Against'), number('Theirs'), number('Ratio'), number('Target'), text('')],
      number('tfjs-wasm'),
    ],
    rows: rows.map((row) => cells(row, adapter, few)),
  };
  return tableText(table);
}

/** One line for the progress on stderr. */
export function rowText(row: Row): string {
  const { work, shape, ours, unit, failure, rival } = row;
  if (failure) return `${work} ${shape}: FAILED: ${failure}`;
  const against = rival && `, ${rival.name} ${significant(rival.value)}, ${times(ratioOf(row))}`;
  return `${work} ${shape}: ${significant(ours)} ${unit}${against ?? ''} ${verdict(row)}`.trimEnd();
}
