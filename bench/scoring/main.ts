import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import * as z from 'zod';
import { readJson, writeFileAtomic } from '../../src/data/files.node';
import { convolutionEdges, parameterCount } from '../../src/nas/baselines';
import { genotypeSchema, measureSchema } from '../../src/nas/schemas';
import { entropyOf, isUndecided } from '../../src/nas/shares';
import { trainWinner } from '../../src/nas/train-winner';
import { openGpu } from '../../src/node';
import { agreement, type Group, hits } from './agreement';
import { CELLS, final, ROUNDS, SEEDS, Study, search } from './study';
import { answerAll, learnAlpha, scoresOf, trainTogether } from './train';

// How well do scores of a search order cells by their accuracy from scratch? Trains cells and rounds of preset `quick`,
// keeps in FILE what it has measured, goes on after an interruption, prints Kendall's τ.

const FILE = 'runs/scoring.json';
/** One, two and four epochs of the search's images; rounds are trained by two, as preset `quick` has them. */
const MOMENTS = [12, 24, 48];
const ROUND_STEPS = 24;
/** Steps of α in a stage, as they were and as preset `quick` has them now. */
const ALPHA_STEPS = [4, 400];
/** First weights of a round's networks; those of lone cells come before. */
const ROUND_NUMBER = 1000;

const cellSchema = z.object({
  genotype: genotypeSchema,
  /** By way and steps, as in 'batch/24'. */
  ways: z.record(z.string(), measureSchema),
  parameters: z.number(),
  edges: z.number(),
  final: measureSchema,
});
const roundSchema = z.object({
  /** Of each candidate by itself. */
  losses: z.array(z.number()),
  /** After each of ALPHA_STEPS. */
  alphas: z.array(z.array(z.number())),
});
const storeSchema = z.object({
  cells: z.record(z.string(), cellSchema),
  rounds: z.record(z.string(), roundSchema),
});
type Cell = z.infer<typeof cellSchema>;
type Round = z.infer<typeof roundSchema>;

const say = (text: string) => process.stdout.write(`${text}\n`);

async function measureCell(study: Study, seed: number, number: number): Promise<Cell> {
  const { gpu, test } = study;
  const genotype = study.cells(seed)[number];
  const data = study.data(seed, search.images);
  const ways: Cell['ways'] = {};
  await trainTogether(gpu, { genotypes: [genotype], data, seed, number }, MOMENTS, async (contest, steps) => {
    const scores = await scoresOf(gpu, contest, data, seed);
    for (const [way, measure] of Object.entries(scores)) ways[`${way}/${steps}`] = measure;
  });
  const [, height, width] = data.images.shape;
  const size = [height, width] as const;
  const parameters = parameterCount(gpu, genotype, { classes: data.classes, size, affine: true });
  const whole = study.data(seed, final.images);
  const trained = await trainWinner(gpu, whole, test, genotype, { ...final, seed });
  trained.network.dispose();
  return { genotype, ways, parameters, edges: convolutionEdges(genotype), final: trained.test };
}

async function measureRound(study: Study, seed: number, round: number): Promise<Round> {
  const { gpu } = study;
  const cells = study.cells(seed);
  const data = study.data(seed, search.images);
  const genotypes = ROUNDS[round].map((number) => cells[number]);
  const number = ROUND_NUMBER + 3 * round;
  const found: Round = { losses: [], alphas: [] };
  await trainTogether(gpu, { genotypes, data, seed, number }, [ROUND_STEPS], async (contest) => {
    const batches = answerAll(contest, data, seed);
    for (const k of genotypes.keys()) found.losses.push((await contest.measure(k)).loss);
    for (const [i, to] of ALPHA_STEPS.entries()) {
      const from = ALPHA_STEPS[i - 1] ?? 0;
      found.alphas.push(await learnAlpha(gpu, contest, { seed, batches, from, to }));
    }
  });
  return found;
}

const gpu = await openGpu();
say(`adapter: ${gpu.adapter.description}`);
const study = await Study.open(gpu);
await mkdir('runs', { recursive: true });
const store = existsSync(FILE) ? await readJson(FILE, storeSchema) : { cells: {}, rounds: {} };

/** Measures what the store lacks, and keeps it. */
async function fill<T>(part: Record<string, T>, key: string, measure: () => Promise<T>): Promise<void> {
  if (key in part) return;
  part[key] = await measure();
  await writeFileAtomic(FILE, JSON.stringify(store));
  process.stderr.write(`${key}\n`);
}
if (!process.argv.includes('--print')) {
  for (const seed of SEEDS) {
    for (let i = 0; i < CELLS; i++)
      await fill(store.cells, `${seed}/${i}`, () => measureCell(study, seed, i));
    for (const i of ROUNDS.keys())
      await fill(store.rounds, `${seed}/${i}`, () => measureRound(study, seed, i));
  }
}

const cellsOf = (seed: number): Cell[] =>
  Array.from({ length: CELLS }, (_, i) => store.cells[`${seed}/${i}`]).filter((cell) => cell !== undefined);

function line(name: string, groups: readonly Group[], redrawn: 'members' | 'groups', more = ''): void {
  const { tau, low, high } = agreement(groups, redrawn);
  const pooled = agreement([groups.flat()], 'members');
  const count = groups.reduce((sum, group) => sum + group.length, 0);
  const within = `${tau.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  const all = `${pooled.tau.toFixed(2)} [${pooled.low.toFixed(2)}, ${pooled.high.toFixed(2)}]`;
  say(`${name.padEnd(26)} ${String(count).padStart(4)}  ${within.padEnd(22)} ${all}${more}`);
}

function sayScores(): void {
  say(`\nscore                     cells  τ within seeds [95 %]    τ of all [95 %]`);
  const told = (name: string, score: (cell: Cell) => number | undefined): void => {
    const groups = SEEDS.map(
      (seed): Group =>
        cellsOf(seed).flatMap((cell) => {
          const value = score(cell);
          return value === undefined ? [] : [[value, cell.final.accuracy]];
        }),
    );
    line(name, groups, 'members');
  };
  for (const steps of MOMENTS) {
    for (const way of ['stale', 'batch', 'fresh']) {
      const name = `${way}/${steps}`;
      told(`${way}, ${steps} steps, accuracy`, ({ ways }) => ways[name]?.accuracy);
      told(`${way}, ${steps} steps, loss`, ({ ways }) => ways[name] && -ways[name].loss);
    }
  }
  told('convolution edges', ({ edges }) => edges);
  told('fewest parameters', ({ parameters }) => -parameters);
}

function sayRounds(): void {
  const rounds = SEEDS.flatMap((seed) =>
    ROUNDS.flatMap((members, i) => {
      const round = store.rounds[`${seed}/${i}`];
      const cells = members.map((number) => store.cells[`${seed}/${number}`]);
      return round && cells.every((cell) => cell !== undefined) ? [{ ...round, cells }] : [];
    }),
  );
  const told = (name: string, scores: (round: (typeof rounds)[number]) => readonly number[], more = '') => {
    const groups = rounds.map(
      (round): Group => scores(round).map((score, k) => [score, round.cells[k].final.accuracy]),
    );
    line(name, groups, 'groups', `  hits ${hits(groups)}${more}`);
  };
  say(
    `\n${rounds.length} rounds of three, trained together by ${ROUND_STEPS} steps; a hit: the winner is the best from scratch`,
  );
  for (const [i, made] of ALPHA_STEPS.entries()) {
    const open = rounds.filter(({ alphas }) => isUndecided(entropyOf(alphas[i]), 3)).length;
    told(`α after ${made} steps`, ({ alphas }) => alphas[i], `, undecided ${open}`);
  }
  told('own loss', ({ losses }) => losses.map((loss) => -loss));
  told('loss of the cell alone', ({ cells }) => cells.map(({ ways }) => -ways[`batch/${ROUND_STEPS}`].loss));
  told('convolution edges', ({ cells }) => cells.map(({ edges }) => edges));
}

sayScores();
sayRounds();
gpu.dispose();
// Dawn's threads would hold the process; the table has to be written first.
process.stdout.write('', () => process.exit(0));
