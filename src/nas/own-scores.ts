import type { Gpu } from '../tensor/gpu';
import { BatchFeed } from '../training/batch-feed';
import { type Measure, RunningStats } from '../training/stats';
import type { Head } from './backbone';
import { Contest } from './contest';
import { freshNetwork } from './fresh-network';
import type { Genotype } from './genotype';
import { randomFor, seedFor } from './seeds';
import type { SearchData } from './settings';
import { runStretch } from './stretch';

/** How candidates are trained in one mixture and scored, without a search around it. */
export interface RoundOptions {
  readonly head: Head;
  /** Training steps of the weights, and how many images each sees. */
  readonly steps: number;
  readonly batchSize: number;
  /** Images that batch norm normalises together when candidates are scored. */
  readonly scoreBatch: number;
  readonly weightLr: number;
  /** Steps of α on the scored batches, and Adam's learning rate of it. */
  readonly alphaSteps: number;
  readonly alphaLr: number;
  readonly seed: number;
  /** Tells the first weights of this round's candidates from those of others; default 0. */
  readonly number?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (done: number) => void;
}

/** What a round of FUSE says of its candidates, each list in their order. */
export interface RoundScores {
  /** α, as raw logits. */
  readonly alpha: readonly number[];
  /** Of each candidate by itself, with the weights that it learnt in the mixture, on the validation images. */
  readonly own: readonly Measure[];
}

/**
 * Trains genotypes in one mixture, scores each on the validation images, and has α learn on those scores: a stage of FUSE,
 * looked at by itself. With one genotype it is a cell trained alone as a search trains it.
 * @throws NanLossError, InterruptedError
 */
export async function roundScores(
  gpu: Gpu,
  data: SearchData,
  genotypes: readonly Genotype[],
  options: RoundOptions,
): Promise<RoundScores> {
  const { seed, number = 0, steps, batchSize, weightLr, alphaLr, head, signal, onStep } = options;
  const networks = genotypes.map((genotype, k) =>
    freshNetwork(gpu, genotype, data, { seed, number: number + k, head }),
  );
  const contest = new Contest(gpu, networks, { weightLr, alphaLr });
  const feed = new BatchFeed(data.images, data.train, { batchSize, seed: seedFor(seed, 'order', 0) });
  const stats = new RunningStats(gpu);
  try {
    feed.seek(0);
    await contest.warmUp(feed);
    await runStretch(gpu, {
      name: `round of ${genotypes.map(({ hash }) => hash).join(', ')}`,
      from: 0,
      ...{ steps, stats, signal, onStep },
      stepsPerEpoch: feed.stepsPerEpoch,
      batches: { feeds: [feed], first: 0 },
      step: (step) => contest.weightStep(feed, stats, step),
      save: async () => undefined,
    });
    const batches = contest.scoreAll(data, { batchSize: options.scoreBatch, seed: options.seed });
    const own: Measure[] = [];
    for (const k of genotypes.keys()) own.push(await contest.measure(k));
    return { own, alpha: await learntAlpha(gpu, contest, batches, options) };
  } finally {
    contest.dispose();
    feed.dispose();
    stats.dispose();
  }
}

async function learntAlpha(
  gpu: Gpu,
  contest: Contest,
  batches: number,
  { alphaSteps, seed }: RoundOptions,
): Promise<number[]> {
  const stats = new RunningStats(gpu);
  try {
    for (let step = 0; step < alphaSteps; step++) {
      const order = randomFor(seed, 'alpha', Math.floor(step / batches)).permutation(batches);
      contest.alphaStep(order[step % batches], stats, step);
      await gpu.pace();
    }
    return await contest.alpha();
  } finally {
    stats.dispose();
  }
}
