import type { Peaks } from '../../../runtime/peaks';
import { type TextTable, tableText } from '../../report/table';
import { countOf, type HostArray, shapeText, valuesOf } from './array';
import type { SetScalar } from './block';
import { differing } from './checks';
import type { Finding, Output } from './examine';
import type { KernelOptions } from './options';
import type { Plan } from './plan';
import type { Failed, Measured } from './run';
import { combinationText, spreadOf } from './sweep';

const SHORT_BLOCK = 8;

/** How fast a run was. */
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
  { plan, timing }: Measured,
  { flops, bytes }: Pick<KernelOptions, 'flops' | 'bytes'>,
  peaks: Peaks | undefined,
): Rates {
  const spread = spreadOf(timing.samples);
  const all = plan.buffers.reduce((total, buffer) => total + buffer.bytes, 0);
  const flopsPerSecond = flops === undefined ? undefined : flops / spread.median;
  const bytesPerSecond = (bytes ?? all) / spread.median;
  return {
    ...spread,
    ...{ flopsPerSecond, bytesPerSecond },
    flopsShare: peaks && flopsPerSecond && flopsPerSecond / peaks.flopsPerSecond,
    bytesShare: peaks && bytesPerSecond / peaks.bytesPerSecond,
  };
}

/** What is bound and how many threads run. */
export function planLines({ entry, buffers, blocks, launch }: Plan): string[] {
  const rows = [
    ...blocks.map(({ group, binding, name, scalars }) => {
      return { group, binding, cells: [name, 'uniform', scalarsText(scalars)] };
    }),
    ...buffers.map(({ group, binding, name, writable, data, source }) => ({
      ...{ group, binding },
      cells: [name, writable ? 'read_write' : 'read', `${shapeText(data)} ${source}`],
    })),
  ].sort((a, b) => a.group - b.group || a.binding - b.binding);
  const table = textTable(
    ['slot', 'name', 'access', 'contents'],
    rows.map(({ group, binding, cells }) => [`${group}.${binding}`, ...cells]),
  );
  const threads = [...launch.workgroup, ...launch.groups].reduce((product, size) => product * size, 1);
  return [
    ...tableText(table).split('\n'),
    `${entry}: ${dims(launch.groups)} workgroups of ${dims(launch.workgroup)}, ${threads} threads`,
  ];
}

/** All of a short block, of a long one those that are not 0. */
function scalarsText(scalars: readonly SetScalar[]): string {
  const shown = scalars.length <= SHORT_BLOCK ? scalars : scalars.filter(({ value }) => value !== 0);
  const values = shown.map(({ path, value }) => (path === '' ? value : `${path}=${value}`));
  return [...values, ...(shown.length < scalars.length ? ['(others 0)'] : [])].join(' ');
}

export function timeLine({ timing }: Measured, rates: Rates, clock: string): string {
  const { median, best, worst } = rates;
  const samples = `${timing.samples.length} samples of ${timing.dispatches}, ${clock}`;
  return `time: ${seconds(median)} a dispatch (best ${seconds(best)}, worst ${seconds(worst)}; ${samples})`;
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

export function outputLine({ buffer: { name }, array, summary, unchanged }: Output): string {
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
export function checkLines(findings: readonly Finding[], { examination, plan }: Measured): string[] {
  const { runs, probed } = examination;
  const rest = plan.buffers.map(({ name }) => name).filter((name) => !probed.includes(name));
  const ends = probed.length === 0 ? '' : `, nothing read or written past the end of ${probed.join(', ')}`;
  return [
    ...findings.map(({ text }) => `problem: ${text}`),
    ...(findings.length > 0 ? [] : [`checks: finite values, the same bits in ${runs} runs${ends}`]),
    ...(rest.length === 0
      ? []
      : [`not looked at past the end: ${rest.join(', ')} (of fixed length, or bounded by arrayLength)`]),
  ];
}

/** Rows of a sweep in the order it ran, the fastest marked; results are held against the first one's. */
export function sweepTable(
  results: readonly (Measured | Failed)[],
  rates: ReadonlyMap<Measured | Failed, Rates>,
  findings: ReadonlyMap<Measured | Failed, readonly Finding[]>,
): TextTable {
  const measured = results.filter((result): result is Measured => 'plan' in result);
  const [first] = measured;
  const best = fastest(measured, rates);
  const withFlops = [...rates.values()].some(({ flopsPerSecond }) => flopsPerSecond !== undefined);
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
  const rows = results.map((result) => {
    const constants = combinationText(result.combination);
    const rate = rates.get(result);
    if (!('plan' in result) || !rate)
      return [constants, ...columns.slice(2).map(() => '–'), 'failure' in result ? result.failure : ''];
    const { workgroup, groups } = result.plan.launch;
    const notes = [
      ...(result === best ? ['← fastest'] : []),
      ...(result !== first && !agree(first, result) ? ['result differs from the first row’s'] : []),
      ...new Set((findings.get(result) ?? []).map(({ kind, buffer }) => `${kind}: ${buffer}`)),
    ];
    return [
      ...[constants, dims(workgroup), dims(groups), seconds(rate.median), seconds(rate.best)],
      ...(withFlops ? [giga(rate.flopsPerSecond ?? 0)] : []),
      ...[giga(rate.bytesPerSecond), notes.join('; ')],
    ];
  });
  return { columns, rows };
}

export function fastest(
  measured: readonly Measured[],
  rates: ReadonlyMap<Measured | Failed, Rates>,
): Measured | undefined {
  const median = (result: Measured) => rates.get(result)?.median ?? Number.POSITIVE_INFINITY;
  return measured.reduce<Measured | undefined>(
    (best, one) => (best === undefined || median(one) < median(best) ? one : best),
    undefined,
  );
}

/** Whether two runs' outputs are the same, bit for bit. */
function agree(a: Measured, b: Measured): boolean {
  return a.examination.outputs.every(({ array }, i) => {
    const other = b.examination.outputs[i]?.array;
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
