import type { AdapterFacts } from '../runtime/adapter-facts';
import { formatSeconds } from '../src/report/format';
import { VERSION } from '../src/version';
import { FEW_MEASUREMENTS, MEASUREMENTS, SLOW_MS } from './contest';
import { benchTable, isMet, type Rates, type Row, ratioOf, rowText, shareOf } from './row';

/** A run of the benchmarks. */
export interface BenchRun {
  readonly adapter: AdapterFacts;
  readonly rates: Rates;
  readonly quick: boolean;
  readonly tuned: boolean;
  readonly seconds: number;
  readonly rows: readonly Row[];
}

/** The table with what one has to know to read it. */
export function benchText({ adapter, rates, quick, tuned, seconds, rows }: BenchRun): string {
  const inBillions = (rate: number) => (rate / 1e9).toFixed(1);
  const few = quick ? 0 : FEW_MEASUREMENTS;
  const reasons = new Set(
    rows.flatMap(({ cannot = {} }) => Object.entries(cannot).map(([peer, why]) => `${peer} cannot: ${why}`)),
  );
  const missed = rows.filter((row) => isMet(row) === false).length;
  return [
    `taskgrad ${VERSION} on ${adapter.description}, Node ${process.version}, took ${formatSeconds(seconds)}`,
    `limits: ${inBillions(rates.flopsPerSecond)} GFLOP/s, ${inBillions(rates.bytesPerSecond)} GB/s`,
    ...(tuned ? ['our kernels were chosen by measurement before each row'] : []),
    '',
    benchTable(rows, { adapter: adapter.kind, few, rates }),
    '',
    quick
      ? `Medians of ${FEW_MEASUREMENTS}.`
      : `Medians of ${MEASUREMENTS}; *: of ${FEW_MEASUREMENTS}, where a run takes longer than ${SLOW_MS / 1000} s.`,
    ...reasons,
    ...rows.filter(({ failure }) => failure).map((row) => rowText(row)),
    `${rows.length} rows, ${missed} below their target.`,
  ].join('\n');
}

/** The same as data; times in milliseconds, rates a second. */
export function benchJson(run: BenchRun): string {
  const rows = run.rows.map(({ kernels, ...row }) => ({
    ...row,
    ...shareOf({ ...row, kernels }, run.rates),
    ratio: ratioOf(row),
    met: isMet(row),
  }));
  const facts = { version: VERSION, node: process.version, date: new Date().toISOString() };
  return `${JSON.stringify({ ...facts, ...run, rows }, null, 2)}\n`;
}
