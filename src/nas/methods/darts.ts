import type { Varying } from '../../../runtime/varying';
import { Adam } from '../../optim/adam';
import type { Gpu } from '../../tensor/gpu';
import type { Tensor } from '../../tensor/tensor';
import { type Augmentation, augmented } from '../../training/augment';
import { BatchFeed } from '../../training/batch-feed';
import { NanLossError } from '../../training/errors';
import { addGradients, learn } from '../../training/learn';
import { EMPTY_STATS, type Measure, RunningStats } from '../../training/stats';
import { dartsSteps } from '../budget';
import { logCollapse } from '../collapse';
import type { Genotype } from '../genotype';
import { checkSearch } from '../guard';
import { imageShapeOf } from '../image-shape';
import { effectOf } from '../operations/defined';
import { underPrefix, withPrefix } from '../prefix';
import type { SearchOutcome } from '../round';
import { scoreAlone } from '../score';
import {
  checkSettings,
  type OptimizerSteps,
  type SavedSearch,
  type SearchState,
  type Steps,
} from '../search-state';
import { seedFor } from '../seeds';
import { completeSettings, type FullSettings, type SearchData, settingsRecord } from '../settings';
import { entropyOf, isUndecided, logUndecided } from '../shares';
import { SearchSpaceError } from '../space';
import { runStretch } from '../stretch';
import { discretise, rowsOf, Supernet } from '../supernet';
import { defineSearchMethod, type MethodOptions, type StateSchema } from './method';

/** Adam's options for α beside its learning rate, as published. */
const ALPHA_ADAM = { betas: [0.5, 0.999], weightDecay: 1e-3 } as const;

/** Where DARTS stands: the steps of the current epoch, and the end of it all. */
export interface DartsState extends SearchState<'darts'>, Steps {
  /** Epochs made. */
  readonly epoch: number;
  /** Of the validation batches of the current epoch. */
  readonly validationStats: readonly number[];
  /** Steps that the optimisers have made. */
  readonly optimizerSteps: OptimizerSteps;
  /** What the search found; null until it is done. */
  readonly outcome: { readonly winner: Genotype; readonly measure: Measure; readonly entropy: number } | null;
}

const stateSchema: StateSchema<DartsState> = ({ z, ...parts }) =>
  parts.searchState('darts', {
    epoch: parts.count,
    ...parts.stepsShape,
    validationStats: parts.stepsShape.stats,
    optimizerSteps: parts.optimizerStepsSchema,
    outcome: z
      .strictObject({ winner: parts.genotypeSchema, measure: parts.measureSchema, entropy: z.number() })
      .nullable(),
  });

/** `save` is called after every epoch, and when interrupted. */
export type DartsOptions = MethodOptions<DartsState>;

/**
 * DARTS of first order (Liu, Simonyan & Yang 2019) on FUSE's budget (see `dartsSteps`), the baseline that relaxes
 * every edge instead of whole candidates. Each step moves α on a validation batch, then the weights on a training
 * batch, both by Adam. At the end every edge keeps the operation of its largest α, `none` excluded. Validation
 * accuracy and loss are those of the cell found, with the weights it had in the supernet.
 * @throws SearchSpaceError if the space has nothing but `none`; StrayLabelError, NanLossError, InterruptedError (after saving),
 *   SearchStateError
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(64), labels: [0, 1, 0, 1], shape: [1, 4, 4] });
 * const [train, validation] = data.split(set, [0.5, 0.5], { seed: 1 });
 * const images = new data.DeviceSamples(gpu, set);
 * const { winner } = await nas.darts(gpu, { images, train, validation, classes: 2 }, {
 *   space: { name: 'mine', operations: ['skip_connect', 'max_pool_3x3'], reason: 'as small as can be' },
 *   ...{ nodes: 3, channels: 1, candidates: 2, batchSize: 2, seed: 0 },
 *   ...{ rounds: 1, stages: 1, weightEpochs: 1, alphaEpochs: 1 },
 * });
 * Object.keys(winner.edges).sort(); // → ['01', '02', '12']
 * ```
 */
export async function darts(gpu: Gpu, data: SearchData, options: DartsOptions): Promise<SearchOutcome> {
  checkSearch('darts', gpu, data, options);
  const search = new Darts(gpu, data, options);
  try {
    return await search.run();
  } finally {
    search.dispose();
  }
}

class Darts {
  private readonly settings: FullSettings;
  private readonly supernet: Supernet;
  private readonly weightAdam: Adam;
  private readonly alphaAdam: Adam;
  private readonly train: BatchFeed;
  private readonly validation: BatchFeed;
  private readonly total: number;
  private state: DartsState;

  constructor(
    private readonly gpu: Gpu,
    private readonly data: SearchData,
    private readonly options: DartsOptions,
  ) {
    this.settings = completeSettings(options, data);
    const { space, batchSize, seed, weightLr, alphaLr } = this.settings;
    const { operations } = space;
    if (operations.every((name) => effectOf(name) === 'nothing')) {
      throw new SearchSpaceError('DARTS: the search space has no operation but none; allow more operations');
    }
    this.total = dartsSteps(this.settings, data);
    this.state = {
      method: 'darts',
      settings: settingsRecord(this.settings, data),
      epoch: 0,
      step: 0,
      stats: [...EMPTY_STATS],
      validationStats: [...EMPTY_STATS],
      optimizerSteps: { weights: 0, alpha: 0 },
      outcome: null,
    };
    gpu.manualSeed(seedFor(seed, 'weights', 0));
    const { classes, images } = data;
    this.supernet = new Supernet(gpu, {
      ...this.settings,
      operations,
      classes,
      image: imageShapeOf('darts', images),
    });
    this.weightAdam = new Adam(this.supernet.weights(), { lr: weightLr });
    this.alphaAdam = new Adam(this.supernet.alphas(), { lr: alphaLr, ...ALPHA_ADAM });
    const order = (number: number) => ({ batchSize, seed: seedFor(seed, 'order', number) });
    this.train = new BatchFeed(images, data.train, order(0));
    this.validation = new BatchFeed(images, data.validation, order(1));
  }

  async run(): Promise<SearchOutcome> {
    const { resume } = this.options;
    if (resume) this.load(resume);
    if (!this.state.outcome) {
      await this.warmUp();
      const { stepsPerEpoch } = this.train;
      while (this.state.epoch * stepsPerEpoch < this.total) await this.trainEpoch();
      await this.finish();
    }
    return outcomeOf(this.state, this.total, this.settings.space.operations.length);
  }

  dispose(): void {
    this.train.dispose();
    this.validation.dispose();
    this.weightAdam.dispose();
    this.alphaAdam.dispose();
    this.supernet.dispose();
  }

  private async trainEpoch(): Promise<void> {
    const { gpu, train, validation, total, state, options } = this;
    const { epoch } = state;
    const { stepsPerEpoch } = train;
    const first = epoch * stepsPerEpoch;
    const activity = `epoch ${epoch + 1} of ${Math.ceil(total / stepsPerEpoch)}`;
    const stats = new RunningStats(gpu, state.stats);
    const seen = new RunningStats(gpu, state.validationStats);
    try {
      const { loss: trainLoss } = await runStretch(gpu, {
        name: `DARTS, ${activity}`,
        from: state.step,
        stats,
        stepsPerEpoch,
        steps: Math.min(stepsPerEpoch, total - first),
        batches: { feeds: [validation, train], first },
        step: (step) => {
          this.learn(this.alphaAdam, validation, seen, step);
          this.learn(this.weightAdam, train, stats, step, this.settings.augment);
        },
        signal: options.signal,
        onStep: (done) => options.onProgress?.({ done: first + done, total, activity }),
        save: async (step, sums) => {
          const { state: validationStats } = await seen.read();
          await this.save({ step, stats: [...sums], validationStats });
        },
      });
      const { loss: validationLoss, accuracy: validationAccuracy } = await seen.read();
      const { genotype, entropy } = await this.choice();
      const facts = { trainLoss, validationLoss, validationAccuracy, entropy, hash: genotype.hash };
      options.log?.({ event: 'epoch', method: 'darts', epoch, ...facts });
    } finally {
      stats.dispose();
      seen.dispose();
    }
    const fresh = { step: 0, stats: [...EMPTY_STATS], validationStats: [...EMPTY_STATS] };
    await this.save({ ...fresh, epoch: epoch + 1 });
  }

  /** A step of one optimiser on one batch. The gradients of the other's parameters are thrown away. */
  private learn(
    adam: Adam,
    feed: BatchFeed,
    stats: RunningStats,
    step: Varying,
    augment?: Augmentation,
  ): void {
    const { gpu, supernet, weightAdam, alphaAdam } = this;
    const at = { seed: seedFor(this.settings.seed, 'order', 0), step: gpu.varying(() => feed.step) };
    learn(gpu, adam, () => feed.batch(), {
      forward: (images) => supernet.forward(augment ? augmented(images, augment, at) : images),
      stats,
      number: step,
    });
    for (const either of [weightAdam, alphaAdam]) either.zeroGrad();
  }

  /** The cell of the largest α, and the mean entropy over the edges of all cells. */
  private async choice(): Promise<{ genotype: Genotype; entropy: number }> {
    const { space, nodes, channels } = this.settings;
    const { operations } = space;
    const rows: number[][][] = [];
    for (const alpha of this.supernet.alphas().values())
      rows.push(rowsOf(await alpha.data(), operations.length));
    const entropies = rows.flat().map(entropyOf);
    return {
      genotype: discretise({ nodes, channels, operations }, rows[0], rows[1]),
      entropy: entropies.reduce((sum, entropy) => sum + entropy, 0) / entropies.length,
    };
  }

  private async finish(): Promise<void> {
    const { genotype: winner, entropy } = await this.choice();
    const measure = await this.measure(winner);
    if (!Number.isFinite(measure.loss))
      throw new NanLossError(`DARTS, cell ${winner.hash}, validation`, 0, 0);
    const count = this.settings.space.operations.length;
    logUndecided(this.options.log, { method: 'darts', what: 'DARTS', entropy, count });
    logCollapse(this.options.log, 'darts', winner);
    await this.save({ outcome: { winner, measure, entropy } });
  }

  private measure(genotype: Genotype): Promise<Measure> {
    const { gpu, data, settings, supernet } = this;
    return scoreAlone(gpu, data, settings, (images) => supernet.forwardOf(genotype, images));
  }

  private async warmUp(): Promise<void> {
    const { gpu, supernet, train } = this;
    const stats = new RunningStats(gpu);
    train.seek(0);
    await gpu.warmUp(() => {
      addGradients(train.batch(), { forward: (images) => supernet.forward(images), stats, number: 0 });
      for (const adam of [this.weightAdam, this.alphaAdam]) {
        adam.step();
        adam.zeroGrad();
      }
    });
    stats.dispose();
  }

  private load({ state, tensors }: SavedSearch<DartsState>): void {
    checkSettings(state.settings, this.state.settings);
    const { weights, alpha } = state.optimizerSteps;
    this.supernet.loadStateDict(underPrefix('supernet', tensors));
    this.weightAdam.loadState({ steps: weights, tensors: underPrefix('weightAdam', tensors) });
    this.alphaAdam.loadState({ steps: alpha, tensors: underPrefix('alphaAdam', tensors) });
    this.state = state;
  }

  private async save(change: Partial<DartsState>): Promise<void> {
    const [weights, alpha] = [this.weightAdam, this.alphaAdam].map((adam) => adam.state());
    this.state = {
      ...this.state,
      ...change,
      optimizerSteps: { weights: weights.steps, alpha: alpha.steps },
    };
    const tensors: Map<string, Tensor> = new Map([
      ...withPrefix('supernet', this.supernet.stateDict()),
      ...withPrefix('weightAdam', weights.tensors),
      ...withPrefix('alphaAdam', alpha.tensors),
    ]);
    await this.options.save?.(this.state, tensors);
  }
}

function outcomeOf({ outcome }: DartsState, steps: number, count: number): SearchOutcome {
  if (!outcome) throw new TypeError('DARTS: the search is not over');
  const { winner, measure, entropy } = outcome;
  const decided = !isUndecided(entropy, count);
  const round = { round: 0, candidates: [winner], stages: [], winner: 0, entropy, decided };
  return {
    winner,
    validationAccuracy: measure.accuracy,
    rounds: [{ ...round, candidateValidationLoss: [measure.loss] }],
    spent: { steps, networks: 1 },
  };
}

export const dartsMethod = defineSearchMethod({
  name: 'darts',
  title: 'DARTS',
  namesSpace: false,
  stateSchema,
  run: darts,
});
