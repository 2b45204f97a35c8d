import type { Gpu } from '../tensor/gpu';
import { BatchFeed } from '../training/batch-feed';
import { type Measure, RunningStats } from '../training/stats';
import type { Surroundings } from './backbone';
import { Contest } from './contest';
import type { TrainingState } from './evaluate-genotype';
import { freshNetwork } from './fresh-network';
import type { Genotype } from './genotype';
import type { SearchRules } from './search-rules';
import type { SavedSearch, SaveSearch } from './search-state';
import { randomFor, seedFor } from './seeds';
import type { SearchData } from './settings';
import { runStretch } from './stretch';

/** How candidates are trained side by side and scored, without a search around it. */
export interface RoundOptions extends Surroundings {
  /** Training steps of the weights, and how many images each sees. */
  readonly steps: number;
  readonly batchSize: number;
  /** Images that batch norm normalises together when candidates are scored, and that a step of α sees. */
  readonly scoreBatch: number;
  readonly weightLr: number;
  /** What the weights learn from; see `SearchRules`. */
  readonly weightLoss?: SearchRules['weightLoss'];
  /** Steps of α on the scored batches, and Adam's learning rate of it. */
  readonly alphaSteps: number;
  readonly alphaLr: number;
  readonly seed: number;
  /** Tells the first weights of this round's candidates from those of others; default 0. */
  readonly number?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (done: number) => void;
  /** Called when interrupted. */
  readonly save?: SaveSearch<TrainingState>;
  /** Goes on from here instead of the beginning. */
  readonly resume?: SavedSearch<TrainingState>;
}

/** What a round of FUSE says of its candidates, each list in their order. */
export interface RoundScores {
  /** α, as raw logits. */
  readonly alpha: readonly number[];
  /** α that learns on the candidates' logits in one size (see `levelled`), so that no candidate speaks louder than others. */
  readonly levelAlpha: readonly number[];
  /** Of each candidate by itself, with the weights that it learnt in the round, on the validation images. */
  readonly own: readonly Measure[];
}

/**
 * Trains genotypes in one mixture, scores each on the validation images, and has α learn on those scores: a stage of FUSE,
 * looked at by itself. With `weightLoss: 'own'` each is trained as if it were alone.
 * @throws NanLossError, InterruptedError (after saving)
 */
export async function roundScores(
  gpu: Gpu,
  data: SearchData,
  genotypes: readonly Genotype[],
  options: RoundOptions,
): Promise<RoundScores> {
  const { seed, number = 0, steps, batchSize, weightLr, alphaLr, weightLoss } = options;
  const { head, backbone, signal, onStep, save, resume } = options;
  const networks = genotypes.map((genotype, k) =>
    freshNetwork(gpu, genotype, data, { seed, number: number + k, head, backbone }),
  );
  const contest = new Contest(gpu, networks, { weightLr, alphaLr, weightLoss });
  const feed = new BatchFeed(data.images, data.train, { batchSize, seed: seedFor(seed, 'order', 0) });
  const stats = new RunningStats(gpu, resume?.state.stats);
  try {
    if (resume) contest.load(resume.tensors, { weights: resume.state.optimizerSteps, alpha: 0 });
    feed.seek(0);
    await contest.warmUp(feed);
    await runStretch(gpu, {
      name: `round of ${genotypes.map(({ hash }) => hash).join(', ')}`,
      from: resume?.state.step ?? 0,
      ...{ steps, stats, signal, onStep },
      stepsPerEpoch: feed.stepsPerEpoch,
      batches: { feeds: [feed], first: 0 },
      step: (step) => contest.weightStep(feed, stats, step),
      save: async (step, sums) => {
        const { weights } = contest.optimizerSteps();
        await save?.({ step, stats: [...sums], optimizerSteps: weights }, contest.tensors());
      },
    });
    const batches = contest.scoreAll(data, { batchSize: options.scoreBatch, seed });
    const own: Measure[] = [];
    for (const k of genotypes.keys()) own.push(await contest.measure(k));
    const alpha = await learntAlpha(gpu, contest, batches, options);
    contest.levelScores();
    return { own, alpha, levelAlpha: await learntAlpha(gpu, contest, batches, options) };
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
    let order: Uint32Array = new Uint32Array();
    for (let step = 0; step < alphaSteps; step++) {
      if (step % batches === 0) order = randomFor(seed, 'alpha', step / batches).permutation(batches);
      contest.alphaStep(order[step % batches], stats, step);
      await gpu.pace();
    }
    return await contest.alpha();
  } finally {
    stats.dispose();
  }
}
