import process from 'node:process';
import { matrixCorrelation } from '../../src/cli/said/published-order';
import { diagonal, distanceMatrix, normalize, shareBelow } from '../../src/fisher/public';
import { openGpu } from '../../src/node';
import { numClasses } from '../../src/tasks/task';
import { type Named, Networks, TASKS, TWINS } from './networks';

// Which ε makes log-det distances steady? On MNIST's four tasks with the networks of preset `quick`: do two seeds, two
// halves of the Fisher's images, and tasks with renamed labels give the same order of distances? Nothing published is
// looked at.

const EPSILONS = [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12];
const SEEDS = [0, 1, 2, 3, 4, 5];

type Matrix = number[][];

const say = (text: string) => process.stdout.write(`${text}\n`);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const gpu = await openGpu();
say(`adapter: ${gpu.adapter.description}`);
const networks = await Networks.open(gpu);

const measured = (tasks: readonly Named[], half?: 0 | 1) =>
  distanceMatrix({
    tasks,
    seeds: SEEDS,
    epsilons: EPSILONS,
    networkOf: (task, seed) => networks.trainedOn(task, seed),
    dataOf: (one) => ({ classes: numClasses(one.task), batches: () => networks.batches(one, half) }),
  });

/** Mean share of entries below each ε, over tasks and seeds. */
async function shares(): Promise<number[]> {
  const rows: number[][] = [];
  for (const task of TASKS) {
    for (const seed of SEEDS) {
      const F = await diagonal(await networks.trainedOn(task, seed), networks.batches(task));
      const normal = normalize(F);
      const row: number[] = [];
      for (const epsilon of EPSILONS) row.push(await shareBelow(normal, epsilon));
      rows.push(row);
      for (const tensor of [...F.values(), ...normal.values()]) tensor.dispose();
    }
  }
  return EPSILONS.map((_, i) => mean(rows.map((row) => row[i])));
}

const whole = await measured([...TASKS, ...TWINS]);
const halves = [await measured(TASKS, 0), await measured(TASKS, 1)];
const below = await shares();

const count = TASKS.length;
/** Distances to the tasks: from the tasks, or from their twins. */
const block = (matrix: Matrix, from: number): Matrix =>
  matrix.slice(from, from + count).map((row) => row.slice(0, count));
const off = (matrix: Matrix) => matrix.flatMap((row, i) => row.filter((_, j) => i !== j));
const agreement = (pairs: readonly (readonly [Matrix, Matrix])[]) =>
  mean(pairs.map(([a, b]) => matrixCorrelation(a, b) ?? 0));

say('      ε  seeds  halves  renamed  distance / null  twin / null  above the null  entries below');
for (const [i, epsilon] of EPSILONS.entries()) {
  const { perSeed } = whole.overEpsilon[i].logdet;
  const own = perSeed.map((matrix) => block(matrix, 0));
  const twins = perSeed.map((matrix) => block(matrix, count));
  const seedPairs = own.flatMap((a, s) => own.slice(s + 1).map((b) => [a, b] as const));
  const [one, other] = halves.map(({ overEpsilon }) => overEpsilon[i].logdet.perSeed);
  const nulls = whole.nulls.overEpsilon[i].logdet
    .slice(0, count)
    .map((spread) => spread ?? { mean: 0, sd: 0 });
  const average = own[0].map((row, s) => row.map((_, t) => mean(own.map((matrix) => matrix[s][t]))));
  const ratios = off(average.map((row) => row.map((value, t) => value / nulls[t].mean)));
  const above = off(average.map((row) => row.map((value, t) => Number(value > nulls[t].mean + nulls[t].sd))));
  const twinRatio = mean(twins.flatMap((matrix) => nulls.map((spread, t) => matrix[t][t] / spread.mean)));
  say(
    [
      epsilon.toExponential().padStart(7),
      agreement(seedPairs).toFixed(2).padStart(6),
      agreement(one.map((a, s) => [a, other[s]] as const))
        .toFixed(2)
        .padStart(7),
      agreement(own.map((a, s) => [a, twins[s]] as const))
        .toFixed(2)
        .padStart(8),
      mean(ratios).toFixed(2).padStart(16),
      twinRatio.toFixed(2).padStart(12),
      `${above.reduce((sum, value) => sum + value, 0)} of ${above.length}`.padStart(15),
      `${(100 * below[i]).toFixed(1)} %`.padStart(14),
    ].join(' '),
  );
}
say(
  '\nSpearman of the order of distances: between seeds, between halves of the images, between tasks and renamed twins.',
);
gpu.dispose();
