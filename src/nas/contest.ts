import type { Varying } from '../../runtime/varying';
import { noGrad } from '../autograd/tape';
import { Adam } from '../optim/adam';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { type Augmentation, augmented } from '../training/augment';
import type { BatchFeed } from '../training/batch-feed';
import { addGradients, type Lesson, learn } from '../training/learn';
import { type Measure, RunningStats } from '../training/stats';
import type { CellNetwork } from './cell';
import { apart, Mixture } from './mixture';
import { underPrefix, withPrefix } from './prefix';
import {
  type Answer,
  answerOf,
  disposeAnswers,
  levelled,
  type ScoreSettings,
  scoreFeed,
  scoreOf,
} from './score';
import type { SearchRules } from './search-rules';
import { type SavedTensors, SearchStateError } from './search-state';
import type { SearchData } from './settings';

export interface ContestOptions {
  /** Adam's learning rates. */
  readonly weightLr: number;
  readonly alphaLr: number;
  /** What is done to the images that weights learn from; default: nothing. */
  readonly augment?: Augmentation;
  /** Draws that; default 0. */
  readonly seed?: number;
  /** See `SearchRules`; default 'mixture'. */
  readonly weightLoss?: SearchRules['weightLoss'];
}

/** Steps of α over the scored batches. JavaScript runs the first two and those of a smaller batch only. */
class AlphaSteps {
  private step = 0;
  private readonly captured;

  constructor(
    private readonly gpu: Gpu,
    private readonly mixture: Mixture,
    private readonly adam: Adam,
    readonly stats: RunningStats,
  ) {
    this.captured = gpu.capture((logits: Tensor, labels: Tensor) => this.learn(logits, labels), {
      lenient: true,
    });
  }

  make({ logits, labels }: Answer, isWhole: boolean, step: number): void {
    this.step = step;
    if (isWhole) this.captured.replay(logits, labels);
    else this.captured.aside(() => this.learn(logits, labels));
  }

  dispose(): void {
    this.captured.dispose();
  }

  private learn(logits: Tensor, labels: Tensor): void {
    const { gpu, mixture, adam, stats } = this;
    learn(gpu, adam, () => ({ inputs: logits, labels }), {
      forward: (rows) => mixture.mix(rows, mixture.shares()),
      stats,
      number: gpu.varying(() => this.step),
    });
  }
}

/**
 * Candidates that compete for α, and all that trains them. While α learns the weights stand still, and so do the
 * candidates' logits. They are computed once a stage, and every step of α is a weighted sum over them.
 */
export class Contest {
  readonly mixture: Mixture;
  private weightAdam: Adam;
  private alphaAdam: Adam;
  private readonly answers: Answer[] = [];
  private alphaSteps: AlphaSteps | undefined;

  constructor(
    private readonly gpu: Gpu,
    networks: readonly CellNetwork[],
    private readonly options: ContestOptions,
  ) {
    this.mixture = new Mixture(gpu, networks);
    this.weightAdam = this.freshWeightAdam();
    this.alphaAdam = this.freshAlphaAdam();
  }

  /** Both optimisers forget what they have seen. Not while scores are kept: steps of α hold on to theirs. */
  renewOptimizers(): void {
    this.weightAdam.dispose();
    this.alphaAdam.dispose();
    this.weightAdam = this.freshWeightAdam();
    this.alphaAdam = this.freshAlphaAdam();
  }

  /** One step of all candidates' weights on the mixture's loss, or each on its own; α stands still. */
  weightStep(feed: BatchFeed, stats: RunningStats, step: Varying): void {
    learn(this.gpu, this.weightAdam, () => feed.batch(), this.lesson(feed, stats, step));
  }

  private lesson(feed: BatchFeed, stats: RunningStats, number: Varying): Lesson {
    const { mixture, options } = this;
    const scores = (images: Tensor) => mixture.scores(this.changed(images, feed));
    if (options.weightLoss === 'own') return { forward: scores, answers: apart(mixture), stats, number };
    const shares = () => noGrad(() => mixture.shares());
    return { forward: (images) => mixture.mix(scores(images), shares()), stats, number };
  }

  /** Keeps what the candidates say of the feed's batch, for `alphaStep` and `measure`. */
  score(feed: BatchFeed): void {
    this.answers.push(answerOf(this.gpu, feed, (images) => this.mixture.scores(images)));
  }

  /** The same for all validation batches. @returns how many there are */
  scoreAll(data: SearchData, settings: ScoreSettings): number {
    const feed = scoreFeed(data, settings);
    try {
      for (let step = 0; step < feed.stepsPerEpoch; step++) {
        feed.seek(step);
        this.score(feed);
      }
      return feed.stepsPerEpoch;
    } finally {
      feed.dispose();
    }
  }

  /** One step of α on scored batch `index`; the weights stand still. */
  alphaStep(index: number, stats: RunningStats, step: number): void {
    const { gpu, mixture, alphaAdam, answers } = this;
    if (this.alphaSteps?.stats !== stats) {
      this.alphaSteps?.dispose();
      this.alphaSteps = new AlphaSteps(gpu, mixture, alphaAdam, stats);
    }
    const isWhole = answers[index].labels.size === answers[0].labels.size;
    this.alphaSteps.make(answers[index], isWhole, step);
  }

  /** Loss and accuracy over the scored batches, of the mixture or of one candidate by itself. */
  async measure(candidate?: number): Promise<Measure> {
    const { gpu, mixture, answers } = this;
    const alone = mixture.networks.map((_, k) => Number(k === candidate));
    return scoreOf(gpu, answers, (rows) => {
      const shares = candidate === undefined ? mixture.shares() : gpu.tensor(alone, [alone.length]);
      return mixture.mix(rows, shares);
    });
  }

  /** α, as raw logits. */
  async alpha(): Promise<number[]> {
    return [...(await this.mixture.alpha.data())];
  }

  /** Compiles, in parallel, what the steps need. */
  async warmUp(feed: BatchFeed): Promise<void> {
    const { gpu, weightAdam, alphaAdam } = this;
    const stats = new RunningStats(gpu);
    await gpu.warmUp(() => {
      addGradients(feed.batch(), this.lesson(feed, stats, 0));
      weightAdam.step();
      weightAdam.zeroGrad();
      alphaAdam.zeroGrad();
    });
    stats.dispose();
  }

  /** α begins anew, on the kept answers in one size for all candidates. */
  levelScores(): void {
    const { mixture, answers } = this;
    const even = answers.map(({ logits, labels }) => ({ logits: levelled(logits, labels.size), labels }));
    this.alphaSteps?.dispose();
    this.alphaSteps = undefined;
    for (const { logits } of answers) logits.dispose();
    answers.splice(0, answers.length, ...even);
    mixture.alpha.write(new Array(mixture.alpha.size).fill(1));
    this.alphaAdam.dispose();
    this.alphaAdam = this.freshAlphaAdam();
  }

  forgetScores(): void {
    this.alphaSteps?.dispose();
    this.alphaSteps = undefined;
    disposeAnswers(this.answers);
    this.answers.length = 0;
  }

  /** Steps that the optimisers made. They and `tensors` are all that a later run needs to go on. */
  optimizerSteps(): { weights: number; alpha: number } {
    return { weights: this.weightAdam.state().steps, alpha: this.alphaAdam.state().steps };
  }

  /** The tensors themselves, not copies: read them before the next step. */
  tensors(): Map<string, Tensor> {
    const scores = this.answers.map(({ logits }, i): [string, Tensor] => [String(i), logits]);
    return new Map([
      ...withPrefix('mixture', this.mixture.stateDict()),
      ...withPrefix('weightAdam', this.weightAdam.state().tensors),
      ...withPrefix('alphaAdam', this.alphaAdam.state().tensors),
      ...withPrefix('scores', scores),
    ]);
  }

  /** @throws StateDictError, OptimizerError if the tensors are of other candidates */
  load(tensors: SavedTensors, steps: { weights: number; alpha: number }): void {
    this.mixture.loadStateDict(underPrefix('mixture', tensors));
    this.weightAdam.loadState({ steps: steps.weights, tensors: underPrefix('weightAdam', tensors) });
    this.alphaAdam.loadState({ steps: steps.alpha, tensors: underPrefix('alphaAdam', tensors) });
  }

  /** Puts back scored batch `index` of an interrupted stage. @throws SearchStateError if it is missing */
  loadScore(tensors: SavedTensors, index: number, feed: BatchFeed): void {
    const saved = tensors.get(`scores.${index}`);
    if (!saved) throw new SearchStateError(`the saved search lacks the tensor scores.${index}`);
    const { labels } = this.gpu.scope(() => ({ labels: feed.batch().labels }));
    this.answers.push({ logits: this.gpu.tensor(Float32Array.from(saved.data), saved.shape), labels });
  }

  /** Images as the weights see them in the feed's step. */
  private changed(images: Tensor, feed: BatchFeed): Tensor {
    const { augment, seed = 0 } = this.options;
    return augment ? augmented(images, augment, { seed, step: this.gpu.varying(() => feed.step) }) : images;
  }

  private freshWeightAdam(): Adam {
    return new Adam(this.mixture.weights(), { lr: this.options.weightLr });
  }

  private freshAlphaAdam(): Adam {
    return new Adam(new Map([['alpha', this.mixture.alpha]]), { lr: this.options.alphaLr });
  }

  /** Frees everything. */
  dispose(): void {
    this.forgetScores();
    this.weightAdam.dispose();
    this.alphaAdam.dispose();
    this.mixture.alpha.dispose();
    for (const network of this.mixture.networks) network.dispose();
  }
}
