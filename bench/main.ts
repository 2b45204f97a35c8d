import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ADAPTER_CHOICES, type AdapterChoice } from '../runtime/host';
import { openGpu } from '../src/node';
import { formatSeconds } from '../src/report/format';
import { VERSION } from '../src/version';
import type { Bench, Suite } from './bench';
import { conv2dSuite } from './cases/conv2d';
import { matmulSuite } from './cases/matmul';
import { stepSuite } from './cases/step';
import { FEW_MEASUREMENTS, MEASUREMENTS, SLOW_MS } from './contest';
import { benchTable, isMet, type Row, rowText } from './row';
import { openPeers } from './tfjs';

const SUITES: readonly Suite[] = [matmulSuite, conv2dSuite, stepSuite];

interface Options {
  readonly only: readonly Suite[];
  readonly adapter: AdapterChoice;
  readonly json?: string;
  readonly quick: boolean;
  readonly match: string;
}

function suitesNamed(text: string): Suite[] {
  return text.split(',').map((name) => {
    const suite = SUITES.find((one) => one.name === name.trim());
    if (suite) return suite;
    throw new InvalidArgumentError(`Known are ${SUITES.map((one) => one.name).join(', ')}.`);
  });
}

const say = (text: string) => process.stderr.write(`${text}\n`);

async function collect(bench: Bench, suites: readonly Suite[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const suite of suites) {
    for await (const row of suite.rows(bench)) {
      rows.push(row);
      say(rowText(row));
    }
  }
  return rows;
}

/** Prints the table, and writes it as data if asked to. Returns whether every figure can be trusted. */
async function run({ only, adapter: choice, json, quick, match }: Options): Promise<boolean> {
  const start = performance.now();
  const open = () => openGpu({ adapter: choice });
  const gpu = await open();
  const { kind, description } = gpu.adapter;
  say(`adapter: ${description}`);
  const peers = await openPeers(kind, !quick);
  const limits = await gpu.limits();
  const rows = await collect({ gpu, openGpu: open, limits, peers, quick, match }, only);
  const [gflops, gbytes] = [limits.flopsPerSecond, limits.bytesPerSecond].map((rate) =>
    (rate / 1e9).toFixed(1),
  );
  const seconds = (performance.now() - start) / 1000;
  const missed = rows.filter((row) => isMet(row) === false).length;
  const lines = [
    `taskgrad ${VERSION} on ${description}, Node ${process.version}, ${formatSeconds(seconds)}`,
    `measured limits: ${gflops} GFLOP/s, ${gbytes} GB/s`,
    '',
    benchTable(rows, kind, quick ? 0 : FEW_MEASUREMENTS),
    '',
    quick
      ? `Medians of ${FEW_MEASUREMENTS}.`
      : `Medians of ${MEASUREMENTS}; * of ${FEW_MEASUREMENTS}, where a run takes longer than ${SLOW_MS / 1000} s.`,
    ...rows.filter(({ failure }) => failure).map((row) => rowText(row)),
    `${rows.length} rows, ${missed} below their target.`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (json) {
    const facts = { version: VERSION, node: process.version, date: new Date().toISOString(), quick, seconds };
    const withVerdicts = rows.map((row) => ({ ...row, met: isMet(row) }));
    writeFileSync(
      json,
      `${JSON.stringify({ ...facts, adapter: gpu.adapter, limits, rows: withVerdicts }, null, 2)}\n`,
    );
  }
  gpu.dispose();
  return rows.every(({ failure }) => !failure);
}

const options = new Command('npm run bench --')
  .description('Times our kernels, training steps and Fisher against Tensorflow.js on the same adapter')
  .option(
    '--only <suites>',
    `which of ${SUITES.map(({ name }) => name).join(', ')}; with commas`,
    suitesNamed,
    SUITES,
  )
  .addOption(new Option('--adapter <kind>', 'which GPU to use').choices([...ADAPTER_CHOICES]).default('auto'))
  .option('--match <text>', 'only the rows whose work and shape contain the text', '')
  .option('--json <file>', 'write the rows to a file, too')
  .option('--quick', `${FEW_MEASUREMENTS} measurements each, without tfjs-wasm`, false)
  .parse()
  .opts<Options>();
const trusted = await run(options);
// Dawn's threads would hold the process; the table has to be written first.
process.stdout.write('', () => process.exit(trusted ? 0 : 1));
