import { noGrad } from '../../src/autograd/tape';
import { Contest } from '../../src/nas/contest';
import { freshNetwork } from '../../src/nas/fresh-network';
import type { Genotype } from '../../src/nas/genotype';
import { scoreFeed } from '../../src/nas/score';
import { randomFor, seedFor } from '../../src/nas/seeds';
import type { SearchData } from '../../src/nas/settings';
import { runStretch } from '../../src/nas/stretch';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { BatchFeed } from '../../src/training/batch-feed';
import { evaluate } from '../../src/training/evaluate';
import { type Measure, RunningStats } from '../../src/training/stats';
import { search } from './study';

const { batchSize, alphaLr } = search;
/** Momentum of running statistics, as PyTorch's. */
const MOMENTUM = 0.1;

/** What is trained, and from which first weights. */
export interface Trained {
  readonly genotypes: readonly Genotype[];
  readonly data: SearchData;
  readonly seed: number;
  /** Of the first network. */
  readonly number: number;
}

/** Trains genotypes in one mixture, as a stage of FUSE does, and looks at them after each of these steps. */
export async function trainTogether(
  gpu: Gpu,
  { genotypes, data, seed, number }: Trained,
  moments: readonly number[],
  look: (contest: Contest, steps: number) => Promise<void>,
): Promise<void> {
  const networks = genotypes.map((genotype, k) =>
    freshNetwork(gpu, genotype, data, { seed, number: number + k }),
  );
  const contest = new Contest(gpu, networks, { weightLr: 1e-3, alphaLr });
  const feed = new BatchFeed(data.images, data.train, { batchSize, seed: seedFor(seed, 'order', 0) });
  const stats = new RunningStats(gpu);
  try {
    feed.seek(0);
    await contest.warmUp(feed);
    for (const [i, steps] of moments.entries()) {
      await runStretch(gpu, {
        name: 'scoring',
        from: moments[i - 1] ?? 0,
        steps,
        stats,
        stepsPerEpoch: feed.stepsPerEpoch,
        batches: { feeds: [feed], first: 0 },
        step: (step) => contest.weightStep(feed, stats, step),
        save: async () => undefined,
      });
      await look(contest, steps);
    }
  } finally {
    contest.dispose();
    feed.dispose();
    stats.dispose();
  }
}

/** Has the candidates answer every validation batch. @returns how many there are */
export function answerAll(contest: Contest, data: SearchData, seed: number): number {
  const feed = scoreFeed(data, { batchSize, seed });
  for (let step = 0; step < feed.stepsPerEpoch; step++) {
    feed.seek(step);
    contest.score(feed);
  }
  feed.dispose();
  return feed.stepsPerEpoch;
}

/** Steps of α from one number to another, as FUSE makes them over scored batches. */
export async function learnAlpha(
  gpu: Gpu,
  contest: Contest,
  { seed, batches, from, to }: { seed: number; batches: number; from: number; to: number },
): Promise<number[]> {
  const stats = new RunningStats(gpu);
  for (let step = from; step < to; step++) {
    const order = randomFor(seed, 'alpha', Math.floor(step / batches)).permutation(batches);
    contest.alphaStep(order[step % batches], stats, step);
    await gpu.pace();
  }
  const alpha = await contest.alpha();
  stats.dispose();
  return alpha;
}

/** Scores of a lone cell by each way. Its running statistics are left as they were. */
export async function scoresOf(
  gpu: Gpu,
  contest: Contest,
  data: SearchData,
  seed: number,
): Promise<Record<'stale' | 'batch' | 'fresh', Measure>> {
  const [network] = contest.mixture.networks;
  const running = [...network.stateDict()].filter(([name]) => /running_/.test(name)).map(([, one]) => one);
  const kept = await readAll(running);
  const stale = await evaluate(network, data.images, data.validation, batchSize);
  answerAll(contest, data, seed);
  const batch = await contest.measure(0);
  contest.forgetScores();
  await refresh(gpu, contest, data, running);
  const fresh = await evaluate(network, data.images, data.validation, batchSize);
  for (const [i, one] of running.entries()) one.write(kept[i]);
  return { stale, batch, fresh };
}

/** Makes running statistics the mean of those of all training batches. */
async function refresh(
  gpu: Gpu,
  contest: Contest,
  data: SearchData,
  running: readonly Tensor[],
): Promise<void> {
  const feed = new BatchFeed(data.images, data.train, { batchSize, seed: 0 });
  const { stepsPerEpoch } = feed;
  const means = running.map(({ size }) => new Array<number>(size).fill(0));
  for (let step = 0; step < stepsPerEpoch; step++) {
    for (const one of running) one.write(new Array<number>(one.size).fill(0));
    feed.seek(step);
    noGrad(() => gpu.scope(() => void contest.mixture.scores(feed.batch().inputs)));
    for (const [i, values] of (await readAll(running)).entries())
      for (const [at, value] of values.entries()) means[i][at] += value / MOMENTUM / stepsPerEpoch;
  }
  for (const [i, one] of running.entries()) one.write(means[i]);
  feed.dispose();
}

const readAll = (tensors: readonly Tensor[]): Promise<number[][]> =>
  Promise.all(tensors.map(async (one) => [...(await one.data())]));
