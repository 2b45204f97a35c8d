import type { KernelCalls, Limits } from '../runtime/profile';
import { type TextTable, tableText } from '../src/report/table';
import type { Timing } from './contest';

export type Unit = 'ms' | 's' | 'MB' | 'kB' | 'submits' | 'readbacks' | 'dispatches' | 'pipelines';

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

/** What a kernel computes and moves in a call, and how often it is called. */
export type KernelWork = Pick<KernelCalls, 'calls' | 'flops' | 'bytes'>;

/** One line of the table. */
export interface Row {
  readonly work: string;
  readonly shape: string;
  /** What it ran on, where that is not the adapter of all. */
  readonly adapter?: string;
  readonly ours: number;
  readonly unit: Unit;
  readonly timing?: Timing;
  /** Multiplications and additions of a run. */
  readonly flops?: number;
  /** Bytes that a run must at least move. */
  readonly bytes?: number;
  /** In place of both: the kernels of a run, which come one after another. */
  readonly kernels?: readonly KernelWork[];
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

/** What a machine reached at nothing but arithmetic, and at nothing but copying. */
export type Rates = Pick<Limits, 'flopsPerSecond' | 'bytesPerSecond'>;

/** How near a timed row comes to the adapter's limit; undefined where its work is not counted, or on another adapter. */
export function shareOf(row: Row, rates: Rates) {
  const { ours, unit, flops = 0, bytes = 0, kernels = [{ calls: 1, flops, bytes }], adapter } = row;
  const sum = (of: (compute: number, memory: number) => number) =>
    kernels.reduce(
      (all, { calls, flops = 0, bytes }) =>
        all + calls * of(flops / rates.flopsPerSecond, bytes / rates.bytesPerSecond),
      0,
    );
  const compute = sum((compute) => compute);
  if (unit !== 'ms' || compute === 0 || adapter) return undefined;
  const seconds = ours / 1000;
  const boundBy = compute >= sum((_, memory) => memory) ? 'compute' : 'memory';
  const flopsPerSecond = (compute * rates.flopsPerSecond) / seconds;
  return { flopsPerSecond, limitShare: sum(Math.max) / seconds, boundBy } as const;
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

function cells(row: Row, { adapter, few, rates }: TableFacts): string[] {
  const { work, shape, ours, unit, rival, wasm, failure } = row;
  const share = failure ? undefined : shareOf(row, rates);
  return [
    work,
    shape,
    row.adapter ?? adapter,
    failure ? NOTHING : `${significant(ours)} ${unit}${fewMark(few, row)}`,
    share ? significant(share.flopsPerSecond / 1e9) : NOTHING,
    share ? `${(share.limitShare * 100).toFixed(0)} % ${share.boundBy}` : NOTHING,
    rival?.name ?? Object.keys(row.cannot ?? {})[0] ?? NOTHING,
    rivalText(row),
    times(ratioOf(row)),
    targetText(row),
    verdict(row),
    wasm ? times(ratioOf(row, wasm)) : NOTHING,
  ];
}

export interface TableFacts {
  readonly adapter: string;
  /** The number of measurements that earns a figure its asterisk. */
  readonly few: number;
  readonly rates: Rates;
}

/** All rows as aligned text. */
export function benchTable(rows: readonly Row[], facts: TableFacts): string {
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
    rows: rows.map((row) => cells(row, facts)),
  };
  return tableText(table);
}

/** One line for the progress on stderr. */
export function rowText(row: Row): string {
  const { work, shape, adapter, ours, unit, failure, rival } = row;
  const name = [work, shape, adapter].filter(Boolean).join(' ');
  if (failure) return `${name}: FAILED: ${failure}`;
  const against = rival && `, ${rival.name} ${significant(rival.value)}, ${times(ratioOf(row))}`;
  return `${name}: ${significant(ours)} ${unit}${against ?? ''} ${verdict(row)}`.trimEnd();
}
