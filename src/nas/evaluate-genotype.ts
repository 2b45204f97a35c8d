import type { Gpu } from '../tensor/gpu';
import { anObject, checkAll } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import type { Augmentation } from '../training/augment';
import { BatchFeed } from '../training/batch-feed';
import { NanLossError } from '../training/errors';
import { type Measure, RunningStats } from '../training/stats';
import type { Surroundings } from './backbone';
import { Contest } from './contest';
import { freshNetwork } from './fresh-network';
import { aGenotype, type Genotype } from './genotype';
import { searchData } from './guard';
import type { SearchRules } from './search-rules';
import type { SavedSearch, SaveSearch, Steps } from './search-state';
import { seedFor } from './seeds';
import { checkSearchLabels, type SearchData } from './settings';
import { runStretch } from './stretch';

/** Where one network's training stands. */
export interface TrainingState extends Steps {
  /** Steps that the optimiser has made. */
  readonly optimizerSteps: number;
}

/** How `evaluateGenotype` trains and scores a cell. */
export interface EvaluateOptions extends Surroundings {
  /** Training steps. */
  readonly steps: number;
  /** Images of a training step. */
  readonly batchSize: number;
  /** Images that are scored at once, default `batchSize`, and in which order; see `SearchRules`. */
  readonly alphaBatchSize?: number;
  /** See `SearchRules`. */
  readonly alphaOrder?: SearchRules['alphaOrder'];
  /** What is done to the training images of every step; default: nothing. */
  readonly augment?: Augmentation;
  /** Of first weights and orders: a whole number from 0 to 2³² − 1. */
  readonly seed: number;
  /** Tells networks of one seed apart; default 0. */
  readonly number?: number;
  /** Adam's learning rate; default 1e-3. */
  readonly weightLr?: number;
  /** Stops after the current step: the state is saved, InterruptedError thrown. */
  readonly signal?: AbortSignal;
  /** Told after each step how many were made. */
  readonly onStep?: (done: number) => void;
  /** Called when interrupted. */
  readonly save?: SaveSearch<TrainingState>;
  /** Goes on from here instead of the beginning. */
  readonly resume?: SavedSearch<TrainingState>;
}

/**
 * Trains one cell from fresh weights on the training images, as a FUSE round without rivals, and scores it as FUSE
 * does (see score.ts). Fills the dictionary of base tasks, and is what random search does with every draw.
 * @throws StrayLabelError, NanLossError, InterruptedError (after saving)
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(64), labels: [0, 1, 0, 1], shape: [1, 4, 4] });
 * const [train, validation] = data.split(set, [0.5, 0.5], { seed: 1 });
 * const images = new data.DeviceSamples(gpu, set);
 * const cell = nas.makeGenotype(3, 1, { '01': 'skip_connect', '02': 'max_pool_3x3', '12': 'skip_connect' });
 * const measure = await nas.evaluateGenotype(gpu, { images, train, validation, classes: 2 }, cell, {
 *   ...{ steps: 1, batchSize: 2, seed: 0 },
 * });
 * Object.keys(measure).sort(); // → ['accuracy', 'loss']
 * ```
 */
export async function evaluateGenotype(
  gpu: Gpu,
  data: SearchData,
  genotype: Genotype,
  options: EvaluateOptions,
): Promise<Measure> {
  checkAll('evaluateGenotype', {
    gpu: [gpu, aGpu],
    data: [data, searchData],
    genotype: [genotype, aGenotype],
    options: [options, anObject],
  });
  checkSearchLabels('evaluateGenotype', data);
  const { steps, batchSize, seed, number = 0, weightLr = 1e-3 } = options;
  const { backbone, head, augment, signal, onStep, save, resume } = options;
  const name = `cell ${genotype.hash}`;
  const network = freshNetwork(gpu, genotype, data, { seed, number, backbone, head });
  const order = seedFor(seed, 'order', 0);
  const contest = new Contest(gpu, [network], { weightLr, alphaLr: 0, augment, seed: order });
  const feed = new BatchFeed(data.images, data.train, { batchSize, seed: order });
  const stats = new RunningStats(gpu, resume?.state.stats);
  try {
    if (resume) contest.load(resume.tensors, { weights: resume.state.optimizerSteps, alpha: 0 });
    feed.seek(0);
    await contest.warmUp(feed);
    await runStretch(gpu, {
      name,
      steps,
      stats,
      signal,
      onStep,
      from: resume?.state.step ?? 0,
      stepsPerEpoch: feed.stepsPerEpoch,
      batches: { feeds: [feed], first: 0 },
      step: (step) => contest.weightStep(feed, stats, step),
      save: async (step, sums) => {
        const { weights } = contest.optimizerSteps();
        await save?.({ step, stats: [...sums], optimizerSteps: weights }, contest.tensors());
      },
    });
    contest.scoreAll(data, options);
    const measure = await contest.measure(0);
    if (!Number.isFinite(measure.loss)) throw new NanLossError(`${name}, validation`, 0, 0);
    return measure;
  } finally {
    contest.dispose();
    feed.dispose();
    stats.dispose();
  }
}
