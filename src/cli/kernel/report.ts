import type { Peaks } from '../../../runtime/peaks';
import { countOf, type HostArray, shapeText, valuesOf } from '../../kernel-bench/array';
import type { BenchedKernel, KernelFailure, KernelResult } from '../../kernel-bench/bench';
import type { SetScalar } from '../../kernel-bench/block';
import { differing } from '../../kernel-bench/checks';
import type { Output } from '../../kernel-bench/examine';
import type { Timing } from '../../kernel-bench/loaded-kernel';
import type { Setup } from '../../kernel-bench/setup';
import type { Combination } from '../../kernel-bench/sweep';
import { type TextTable, tableText } from '../../report/table';
import { asFlags } from './bench-options';
import type { KernelOptions } from './options';

const SHORT_BLOCK = 8;

/** How fast a kernel was. */
export interface Rates {
  /** Seconds of a dispatch. */
  readonly median: number;
  readonly best: number;
  readonly worst: number;
  /** By the median. */
  readonly flopsPerSecond?: number;
  readonly bytesPerSecond: number;
  /** Of the adapter's measured peaks, 0 to 1. */
  readonly flopsShare?: number;
  readonly bytesShare?: number;
}

export function ratesOf(
  { setup, timing: { median, best, worst } }: KernelResult,
  { flops, bytes }: Pick<KernelOptions, 'flops' | 'bytes'>,
  peaks: Peaks | undefined,
): Rates {
  const all = setup.buffers.reduce((total, buffer) => total + buffer.bytes, 0);
  const flopsPerSecond = flops === undefined ? undefined : flops / median;
  const bytesPerSecond = (bytes ?? all) / median;
  return {
    median,
    best,
    worst,
    flopsPerSecond,
    bytesPerSecond,
    flopsShare: peaks && flopsPerSecond && flopsPerSecond / peaks.flopsPerSecond,
    bytesShare: peaks && bytesPerSecond / peaks.bytesPerSecond,
  };
}

/** What is bound and how many threads run. */
export function setupLines({ entry, buffers, blocks, grid }: Setup): string[] {
  const rows = [
    ...blocks.map(({ group, binding, name, scalars }) => ({
      group,
      binding,
      cells: [name, 'uniform', scalarsText(scalars)],
    })),
    ...buffers.map(({ group, binding, name, writable, data, fill }) => ({
      group,
      binding,
      cells: [name, writable ? 'read_write' : 'read', `${shapeText(data)} ${fill}`],
    })),
  ].sort((a, b) => a.group - b.group || a.binding - b.binding);
  const table = textTable(
    ['slot', 'name', 'access', 'contents'],
    rows.map(({ group, binding, cells }) => [`${group}.${binding}`, ...cells]),
  );
  const threads = [...grid.workgroup, ...grid.groups].reduce((product, size) => product * size, 1);
  return [
    ...tableText(table).split('\n'),
    `${entry}: ${dims(grid.groups)} workgroups of ${dims(grid.workgroup)}, ${threads} threads`,
  ];
}

/** All of a short block, of a long one those that are not 0. */
function scalarsText(scalars: readonly SetScalar[]): string {
  const shown = scalars.length <= SHORT_BLOCK ? scalars : scalars.filter(({ value }) => value !== 0);
  const values = shown.map(({ path, value }) => (path === '' ? value : `${path}=${value}`));
  return [...values, ...(shown.length < scalars.length ? ['(others 0)'] : [])].join(' ');
}

export function timeLine({ median, best, worst, samples, dispatches }: Timing, clock: string): string {
  const how = `${samples.length} samples of ${dispatches}, ${clock}`;
  return `time: ${seconds(median)} a dispatch (best ${seconds(best)}, worst ${seconds(worst)}; ${how})`;
}

export function rateLine(rates: Rates, { bytes }: Pick<KernelOptions, 'bytes'>): string {
  const share = (value: number | undefined) =>
    value === undefined
      ? ''
      : ` (${(100 * value).toFixed(1)} % of the measured peak${value > 1 ? ': the data stays in caches' : ''})`;
  const { flopsPerSecond, bytesPerSecond } = rates;
  const moved = bytes === undefined ? ' if every buffer is moved once' : '';
  return [
    'rate: ',
    ...(flopsPerSecond === undefined ? [] : [`${giga(flopsPerSecond)} GFLOP/s${share(rates.flopsShare)}, `]),
    `${giga(bytesPerSecond)} GB/s${share(rates.bytesShare)}${moved}`,
  ].join('');
}

export function outputLine({ name, array, summary, unchanged }: Output): string {
  const { min, max, mean, nan, infinite } = summary;
  const count = countOf(array.shape);
  const bad = `${nan.count} NaN, ${infinite.count} infinite`;
  const range = `from ${number(min)} to ${number(max)}, mean ${number(mean)}`;
  return `${name}: ${range}; ${bad}; ${unchanged} of ${count} values unchanged`;
}

export function valuesLine(name: string, array: HostArray, count: number): string {
  const values = valuesOf(array);
  const shown = [...values.subarray(0, count)].map(number).join(' ');
  return `${name} = ${shown}${values.length > count ? ` … (${values.length} values)` : ''}`;
}

/** What the checks found, or what they covered where they found nothing. */
export function checkLines({ findings, trials, probed, setup }: KernelResult): string[] {
  const rest = setup.buffers.map(({ name }) => name).filter((name) => !probed.includes(name));
  const ends = probed.length === 0 ? '' : `, nothing read or written past the end of ${probed.join(', ')}`;
  return [
    ...findings.map(({ text }) => `problem: ${text}`),
    ...(findings.length > 0 ? [] : [`checks: finite values, the same bits in ${trials} runs${ends}`]),
    ...(rest.length === 0
      ? []
      : [`not looked at past the end: ${rest.join(', ')} (of fixed length, or bounded by arrayLength)`]),
  ];
}

/** 'SIZE=64 STEP=2'. */
export const combinationText = (combination: Combination): string =>
  Object.entries(combination)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');

/** Results and failures of a sweep in its order. */
export const inOrder = ({ results, failures }: BenchedKernel): (KernelResult | KernelFailure)[] =>
  [...results, ...failures].sort((a, b) => a.index - b.index);

/** Rows of a sweep in its order, the fastest marked; results are held against the first one's. */
export function sweepTable(benched: BenchedKernel, rated: (result: KernelResult) => Rates): TextTable {
  const [first] = benched.results;
  const withFlops = benched.results.some((result) => rated(result).flopsPerSecond !== undefined);
  const columns = [
    { name: 'constants', numeric: false },
    { name: 'workgroup', numeric: true },
    { name: 'groups', numeric: true },
    { name: 'median', numeric: true },
    { name: 'best', numeric: true },
    ...(withFlops ? [{ name: 'GFLOP/s', numeric: true }] : []),
    { name: 'GB/s', numeric: true },
    { name: '', numeric: false },
  ];
  const rows = inOrder(benched).map((row) => {
    const constants = combinationText(row.combination);
    if ('error' in row) return [constants, ...columns.slice(2).map(() => '–'), row.error.wording(asFlags)];
    const { flopsPerSecond = 0, bytesPerSecond = 0 } = rated(row);
    const { workgroup, groups } = row.setup.grid;
    const notes = [
      ...(row === benched.fastest ? ['← fastest'] : []),
      ...(row !== first && !agree(first, row) ? ['result differs from the first row’s'] : []),
      ...new Set(row.findings.map(({ kind, buffer }) => `${kind}: ${buffer}`)),
    ];
    return [
      constants,
      dims(workgroup),
      dims(groups),
      seconds(row.timing.median),
      seconds(row.timing.best),
      ...(withFlops ? [giga(flopsPerSecond)] : []),
      giga(bytesPerSecond),
      notes.join('; '),
    ];
  });
  return { columns, rows };
}

/** Whether two results' outputs are the same, bit for bit. */
function agree(a: KernelResult, b: KernelResult): boolean {
  return Object.values(a.outputs).every(({ name, array }) => {
    const other = b.outputs[name]?.array;
    return other !== undefined && differing(array.type, array.bytes, other.bytes).count === 0;
  });
}

const textTable = (names: readonly string[], rows: readonly (readonly string[])[]): TextTable => ({
  columns: names.map((name) => ({ name, numeric: false })),
  rows,
});

/** '64 × 8' for [64, 8, 1]. */
const dims = ([x, y, z]: readonly [number, number, number]) =>
  [x, ...(y > 1 || z > 1 ? [y] : []), ...(z > 1 ? [z] : [])].join(' × ');

const digits = (value: number) => value.toPrecision(3);

/** A short time in the unit that suits it: '12.3 µs'. */
export function seconds(value: number): string {
  if (value < 1e-3) return `${digits(value * 1e6)} µs`;
  return value < 1 ? `${digits(value * 1e3)} ms` : `${digits(value)} s`;
}

const giga = (value: number) => (value >= 1e12 ? (value / 1e9).toFixed(0) : digits(value / 1e9));

const number = (value: number) =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
