import { WORK } from '../../src/nas/cost';
import { effectOf } from '../../src/nas/operations/defined';
import { OPERATION_NAMES, OPERATIONS } from '../../src/nas/operations/table';
import { openGpu } from '../../src/node';
import { Study } from '../scoring/study';
import { saySearches } from './searches';
import { STEPS, Timings } from './timings';

// What training steps of a search cost, beside the figures in cost.ts and in the records of operations: the best of
// several turns, since whatever disturbs a measurement only slows it. Then what whole searches cost on one budget.

const TURNS = 5;
const EDGES = 6;
const say = (text: string) => process.stdout.write(`${text}\n`);

const gpu = await openGpu();
say(`adapter: ${gpu.adapter.description}`);
const study = await Study.open(gpu);
const timings = new Timings(study);
for (let turn = 0; turn < TURNS; turn++) {
  await timings.turn();
  process.stderr.write(`turn ${turn + 1} of ${TURNS}\n`);
}

const { idle, idleThree, cells, scoring, alpha, supernet } = timings.best();
const network = (idleThree - idle) / 2;
const operation = new Map<string, number>(
  [...cells].map(([name, seconds]) => [name, (seconds - idle) / EDGES]),
);
const costs = OPERATION_NAMES.map((name) => Math.max(0, operation.get(name) ?? 0));
const total = costs.reduce((sum, cost) => sum + cost, 0);
const unit = total / costs.length;
const computed = OPERATION_NAMES.filter((name) => effectOf(name) !== 'nothing').length;
const share = (supernet / 2 - idle - EDGES * total) / EDGES / computed;

const row = (name: string, seconds: number, kept: number) =>
  say(
    `${name.padEnd(24)} ${(1000 * seconds).toFixed(2).padStart(8)} ${(seconds / unit).toFixed(2).padStart(6)} ${kept.toFixed(2).padStart(6)}`,
  );
say(`\na training step, best of ${TURNS} × ${STEPS}   ms   units   kept`);
for (const [i, name] of OPERATION_NAMES.entries()) row(name, costs[i], OPERATIONS[name].cost ?? 1);
row('step', idle - network, WORK.step);
row('network', network, WORK.network);
row('share of DARTS', share, WORK.share);
row('α', alpha, WORK.alpha);
say(`scoring is ${scoring.toFixed(2)} of a training step, kept as ${WORK.scoring.toFixed(2)}\n`);
await saySearches(study, say);
gpu.dispose();
// Dawn's threads would hold the process; the table has to be written first.
process.stdout.write('', () => process.exit(0));
