import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ADAPTER_CHOICES, type AdapterChoice } from '../runtime/host';
import { openGpu } from '../src/node';
import type { Bench, Suite } from './bench';
import { bandwidthSuite } from './cases/bandwidth';
import { conv2dSuite } from './cases/conv2d';
import { countsSuite } from './cases/counts';
import { enduranceSuite } from './cases/endurance';
import { firstSuite } from './cases/first';
import { fisherSuite } from './cases/fisher';
import { matmulSuite } from './cases/matmul';
import { memorySuite } from './cases/memory';
import { pageSuite } from './cases/page';
import { pipelineSuite } from './cases/pipeline';
import { sequenceSuite } from './cases/sequence';
import { stepSuite } from './cases/step';
import { torchSuite } from './cases/torch';
import { FEW_MEASUREMENTS } from './contest';
import { benchJson, benchText } from './report';
import { type Rates, type Row, rowText } from './row';
import { openPeers } from './tfjs';

const SUITES: readonly Suite[] = [
  matmulSuite,
  conv2dSuite,
  stepSuite,
  sequenceSuite,
  bandwidthSuite,
  fisherSuite,
  countsSuite,
  enduranceSuite,
  memorySuite,
  torchSuite,
  firstSuite,
  pageSuite,
];

/** Takes minutes, and only who asks for it gets it. */
const ALL_SUITES: readonly Suite[] = [...SUITES, pipelineSuite];

interface Options extends Pick<Bench, 'quick' | 'match' | 'tune'> {
  readonly only?: readonly Suite[];
  readonly adapter: AdapterChoice;
  readonly json?: string;
}

function suitesNamed(text: string): Suite[] {
  return text.split(',').map((name) => {
    const suite = ALL_SUITES.find((one) => one.name === name.trim());
    if (suite) return suite;
    throw new InvalidArgumentError(`Known are ${ALL_SUITES.map((one) => one.name).join(', ')}.`);
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

/** The better of two measurements, before and after all else: whatever disturbs one only slows it. */
async function bestRates(before: Rates, open: Bench['openGpu']): Promise<Rates> {
  const gpu = await open();
  const after = await gpu.limits();
  gpu.dispose();
  return {
    flopsPerSecond: Math.max(before.flopsPerSecond, after.flopsPerSecond),
    bytesPerSecond: Math.max(before.bytesPerSecond, after.bytesPerSecond),
  };
}

/** Prints the table, and writes it as data if asked to. Returns whether every figure can be trusted. */
async function run({ only = SUITES, adapter: choice, json, ...asked }: Options): Promise<boolean> {
  const start = performance.now();
  const open = () => openGpu({ adapter: choice });
  const gpu = await open();
  const { adapter } = gpu;
  say(`adapter: ${adapter.description}`);
  const peers = await openPeers(adapter.kind, !asked.quick);
  const before = await gpu.limits();
  const rows = await collect({ gpu, openGpu: open, peers, ...asked }, only);
  gpu.dispose();
  const rates = await bestRates(before, open);
  const seconds = (performance.now() - start) / 1000;
  const results = { adapter, rates, quick: asked.quick, tuned: asked.tune, seconds, rows };
  process.stdout.write(`${benchText(results)}\n`);
  if (json) writeFileSync(json, benchJson(results));
  return rows.every(({ failure }) => !failure);
}

const options = new Command('npm run bench --')
  .description('Times our kernels, training steps and Fisher against Tensorflow.js on the same adapter')
  .option(
    '--only <suites>',
    `some of ${ALL_SUITES.map(({ name }) => name).join(', ')}; with commas; default: all but ${pipelineSuite.name}`,
    suitesNamed,
    SUITES,
  )
  .option('--match <text>', 'only the rows whose work, shape and adapter contain the text', '')
  .addOption(new Option('--adapter <kind>', 'which GPU to use').choices([...ADAPTER_CHOICES]).default('auto'))
  .option('--tune', 'choose our kernels by measurement before each row', false)
  .option('--json <file>', 'write the rows to a file, too')
  .option('--quick', `${FEW_MEASUREMENTS} measurements each, without tfjs-wasm`, false)
  .parse()
  .opts<Options>();
const trusted = await run(options);
// Dawn's threads would hold the process; the table has to be written first.
process.stdout.write('', () => process.exit(trusted ? 0 : 1));
