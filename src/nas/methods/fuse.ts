import { nowOf, type Varying } from '../../../runtime/varying';
import type { Gpu } from '../../tensor/gpu';
import { BatchFeed } from '../../training/batch-feed';
import { EMPTY_STATS, RunningStats } from '../../training/stats';
import { alphaWork, searchBudget, stageSteps, startWork, trainingSteps, trainingWork } from '../budget';
import { logCollapse } from '../collapse';
import { Contest } from '../contest';
import { stepCost } from '../cost';
import { freshNetwork } from '../fresh-network';
import type { Genotype } from '../genotype';
import { checkSearch } from '../guard';
import { headTensors, type LearntHead, learntBy } from '../learnt-head';
import { underPrefix, withPrefix } from '../prefix';
import type { SearchOutcome } from '../round';
import { scoreFeed } from '../score';
import { checkSettings, type SavedSearch } from '../search-state';
import { randomFor, seedFor } from '../seeds';
import { completeSettings, type FullSettings, type SearchData, settingsRecord } from '../settings';
import { entropyOf, isUndecided, logUndecided } from '../shares';
import { drawAny, drawDistinct } from '../space';
import { runStretch, type Stretch } from '../stretch';
import { replay } from './fuse-replay';
import { type FuseState, stateSchema } from './fuse-state';
import { defineSearchMethod, type MethodOptions } from './method';

/** `save` is called whenever weights or α have learnt, and when interrupted. */
export type FuseOptions = MethodOptions<FuseState>;

/**
 * FUSE (Le et al. 2021, "Fisher task distance and its application in neural architecture search"): K candidates share
 * the logits by softmax(α). Each of S stages trains all weights on the training images with α fixed, then α on the
 * validation images with the weights fixed. After the last stage the largest α wins the round, or with `survivor:
 * 'own-loss'` the candidate with the lowest validation loss by itself; with `weightLoss: 'own'` each candidate's weights
 * learn from its own loss, not the mixture's. The winner keeps its genotype and meets K − 1 new candidates. All weights, α and both optimisers begin anew, so that the winner gets no
 * head start; with `winnerHead: 'kept'` it keeps its linear layer, as in the original program, and the outcome tells
 * what that has learnt. How many steps the weights make is said by the setting `budget`. The whole search follows from
 * the seed, and an interrupted one goes on to the same result.
 * @throws SearchSpaceError, StrayLabelError, NanLossError, InterruptedError (after saving), SearchStateError
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(64), labels: [0, 1, 0, 1], shape: [1, 4, 4] });
 * const [train, validation] = data.split(set, [0.5, 0.5], { seed: 1 });
 * const images = new data.DeviceSamples(gpu, set);
 * const { winner } = await nas.fuse(gpu, { images, train, validation, classes: 2 }, {
 *   space: { name: 'mine', operations: ['skip_connect', 'max_pool_3x3'], reason: 'as small as can be' },
 *   ...{ nodes: 3, channels: 1, candidates: 2, batchSize: 2, seed: 0 },
 *   ...{ rounds: 1, stages: 1, weightEpochs: 1, alphaEpochs: 1 },
 * });
 * Object.keys(winner.edges).sort(); // → ['01', '02', '12']
 * ```
 */
export async function fuse(gpu: Gpu, data: SearchData, options: FuseOptions): Promise<SearchOutcome> {
  return fuseFrom(gpu, data, options);
}

/** What a search by FUSE begins with. */
interface Start {
  /** Cells that the rounds meet, in this order, before any are drawn. */
  readonly cells: readonly Genotype[];
  /** Units of work of the budget that were spent before. */
  readonly spent: number;
}

/** FUSE, with cells that are known to be worth a look. @throws as `fuse` */
export async function fuseFrom(
  gpu: Gpu,
  data: SearchData,
  options: FuseOptions,
  start: Start = { cells: [], spent: 0 },
): Promise<SearchOutcome> {
  checkSearch('fuse', gpu, data, options);
  const search = new Fuse(gpu, data, options, start);
  try {
    return await search.run();
  } finally {
    search.dispose();
  }
}

class Fuse {
  private readonly settings: FullSettings;
  private readonly train: BatchFeed;
  /** Steps of a stage as the settings' epochs have them. */
  private readonly stageSteps: ReturnType<typeof stageSteps>;
  private state: FuseState;
  private contest: Contest | undefined;
  /** Of the last round's winner, where it is kept. */
  private head: LearntHead | undefined;

  constructor(
    private readonly gpu: Gpu,
    private readonly data: SearchData,
    private readonly options: FuseOptions,
    private readonly start: Start,
  ) {
    this.settings = completeSettings(options, data);
    const { batchSize, seed } = this.settings;
    this.train = new BatchFeed(data.images, data.train, { batchSize, seed: seedFor(seed, 'order', 0) });
    this.stageSteps = stageSteps(this.settings, data);
    this.state = {
      method: 'fuse',
      settings: settingsRecord(this.settings, data),
      round: 0,
      stage: 0,
      phase: 'weights',
      step: 0,
      stats: [...EMPTY_STATS],
      weightSteps: 0,
      made: 0,
      work: 0,
      optimizerSteps: { weights: 0, alpha: 0 },
      candidates: [],
      rounds: [],
      stages: [],
      trainLoss: 0,
      validationAccuracy: 0,
    };
  }

  async run(): Promise<SearchOutcome> {
    const { resume } = this.options;
    let contest = resume ? await this.resumed(resume) : await this.openRound();
    while (contest) {
      if (this.state.phase === 'weights') {
        await this.trainWeights(contest);
      } else {
        await this.trainAlpha(contest);
        await this.closeStage(contest);
        if (this.state.stage === this.settings.stages) contest = await this.closeRound(contest);
        else this.openStage(contest);
      }
      await this.save(0, EMPTY_STATS);
    }
    const { rounds, validationAccuracy, made } = this.state;
    const last = rounds[rounds.length - 1];
    const { candidates } = this.settings;
    const spent = { steps: candidates * made, networks: candidates * rounds.length };
    const { head } = this;
    return { winner: last.candidates[last.winner], validationAccuracy, rounds, spent, ...(head && { head }) };
  }

  dispose(): void {
    this.contest?.dispose();
    this.train.dispose();
  }

  /** Draws a round's candidates, beside the survivor of the one before. */
  private async openRound(survivor?: Genotype): Promise<Contest> {
    const met = survivor ? [survivor, ...this.drawn([survivor])] : this.drawn([]);
    this.state = { ...this.state, candidates: met, weightSteps: this.affordableSteps(met) };
    const contest = this.open();
    if (this.head) contest.mixture.networks[0].classifier.loadStateDict(this.head);
    await this.warmUp(contest);
    return contest;
  }

  /** A round's new candidates. */
  private drawn(rivals: readonly Genotype[]): Genotype[] {
    const { settings } = this;
    const { space, candidates, seed, distinct } = settings;
    const { round, rounds } = this.state;
    const count = candidates - rivals.length;
    const before =
      rounds.reduce((sum, { candidates }) => sum + candidates.length, 0) - Math.max(0, rounds.length - 1);
    const ready = this.start.cells.slice(before, before + count);
    if (ready.length === count) return ready;
    const random = randomFor(seed, 'genotypes', round);
    if (!distinct) return drawAny(space, settings, count, random);
    const known = rounds.flatMap(({ candidates }) => candidates);
    return drawDistinct(space, settings, count, random, rivals, known);
  }

  /** Steps of the weights in each stage of a round. What rounding left over or took is settled in the next round. */
  private affordableSteps(candidates: readonly Genotype[]): number {
    const { settings, data } = this;
    const { budget, rounds, stages, backbone } = settings;
    if (budget === 'epochs') return this.stageSteps.weights;
    const { round, work } = this.state;
    const start = startWork(candidates.length);
    const due =
      ((round + 1) / rounds) * (searchBudget(settings, data).work - this.start.spent) - work - start;
    const step = stepCost(candidates, backbone);
    return trainingSteps(settings, data, step, due / stages - alphaWork(settings, data));
  }

  /** Work of the current round. */
  private roundWork(): number {
    const { settings, data } = this;
    const { candidates, weightSteps } = this.state;
    const step = stepCost(candidates, settings.backbone);
    const stage = trainingWork(settings, data, step, weightSteps) + alphaWork(settings, data);
    return startWork(candidates.length) + settings.stages * stage;
  }

  /** Networks and optimisers of the state's candidates, all of them fresh, so that nobody has a head start. */
  private open(): Contest {
    const { gpu, data } = this;
    const { candidates: count, seed, backbone, head, winnerWeights, sharedSeeds } = this.settings;
    const { round, candidates } = this.state;
    const network = (genotype: Genotype, k: number) => {
      const firstWeights = k === 0 ? winnerWeights : 'default';
      const number = sharedSeeds ? 0 : round * count + k;
      return freshNetwork(gpu, genotype, data, { seed, number, backbone, head, firstWeights });
    };
    const options = { ...this.settings, seed: seedFor(seed, 'order', 0) };
    this.contest = new Contest(gpu, candidates.map(network), options);
    return this.contest;
  }

  private openStage(contest: Contest): void {
    contest.forgetScores();
    if (this.settings.optimizers === 'stage') contest.renewOptimizers();
  }

  private async resumed({ state, tensors }: SavedSearch<FuseState>): Promise<Contest | undefined> {
    checkSettings(state.settings, this.state.settings);
    this.state = state;
    if (state.round === this.settings.rounds) {
      if (this.settings.winnerHead === 'kept') this.head = underPrefix('head', tensors);
      return undefined;
    }
    const contest = this.open();
    contest.load(tensors, state.optimizerSteps);
    if (state.phase === 'alpha' && state.step > 0) {
      const feed = this.stageFeed();
      for (let step = 0; step < Math.min(state.step, this.stageSteps.scoring); step++) {
        feed.seek(step);
        contest.loadScore(tensors, step, feed);
      }
      feed.dispose();
    }
    await this.warmUp(contest);
    return contest;
  }

  private async warmUp(contest: Contest): Promise<void> {
    this.train.seek(0);
    await contest.warmUp(this.train);
  }

  private async trainWeights(contest: Contest): Promise<void> {
    const { train } = this;
    const { weightSteps, made, stage } = this.state;
    // Where rounds share a seed, each begins with the same batches.
    const first = this.settings.sharedSeeds ? stage * weightSteps : made;
    const trained = await this.runStretch({
      steps: weightSteps,
      stepsPerEpoch: train.stepsPerEpoch,
      batches: { feeds: [train], first },
      stepWith: (stats) => (step) => contest.weightStep(train, stats, step),
    });
    this.state = { ...this.state, phase: 'alpha', trainLoss: trained.loss, made: made + weightSteps };
  }

  /** Scores every validation batch once, then goes over the scores, in a new order each epoch unless that is fixed. */
  private async trainAlpha(contest: Contest): Promise<void> {
    const { scoring: scoreSteps, alpha: alphaSteps } = this.stageSteps;
    const { round, stage } = this.state;
    const { stages, alphaEpochs, seed, alphaOrder } = this.settings;
    const feed = this.stageFeed();
    const isFixed = alphaOrder === 'fixed';
    let order: Uint32Array = Uint32Array.from({ length: isFixed ? scoreSteps : 0 }, (_, i) => i);
    const stepWith = (stats: RunningStats) => (varying: Varying) => {
      const step = nowOf(varying);
      if (step < scoreSteps) {
        feed.seek(step);
        contest.score(feed);
        return;
      }
      const epoch = Math.floor(step / scoreSteps) - 1;
      const position = step % scoreSteps;
      if (!isFixed && (position === 0 || order.length === 0)) {
        const index = (round * stages + stage) * alphaEpochs + epoch;
        order = randomFor(seed, 'alpha', index).permutation(scoreSteps);
      }
      contest.alphaStep(order[position], stats, step);
    };
    try {
      await this.runStretch({ steps: scoreSteps + alphaSteps, stepsPerEpoch: scoreSteps, stepWith });
    } finally {
      feed.dispose();
    }
  }

  /** Validation batches of the current stage. */
  private stageFeed(): BatchFeed {
    const { round, stage } = this.state;
    return scoreFeed(this.data, this.settings, round * this.settings.stages + stage);
  }

  private async closeStage(contest: Contest): Promise<void> {
    const { round, stage, stages, trainLoss } = this.state;
    const alpha = await contest.alpha();
    const { loss, accuracy } = await contest.measure();
    const record = { stage, alpha, trainLoss, validationLoss: loss };
    const facts = { ...record, validationAccuracy: accuracy, entropy: entropyOf(alpha) };
    this.options.log?.({ event: 'stage', method: 'fuse', round, ...facts });
    this.state = { ...this.state, stage: stage + 1, phase: 'weights', stages: [...stages, record] };
  }

  /** Names the winner and opens the next round, if there is one. */
  private async closeRound(contest: Contest): Promise<Contest | undefined> {
    const { round, stages, candidates, rounds } = this.state;
    const { alpha } = stages[stages.length - 1];
    const measures = [];
    for (const k of candidates.keys()) measures.push(await contest.measure(k));
    const losses = measures.map(({ loss }) => loss);
    const byAlpha = this.settings.survivor === 'alpha';
    const winner = byAlpha ? alpha.indexOf(Math.max(...alpha)) : losses.indexOf(Math.min(...losses));
    const entropy = entropyOf(alpha);
    const decided = byAlpha ? !isUndecided(entropy, candidates.length) : null;
    const record = {
      round,
      candidates,
      stages,
      winner,
      entropy,
      decided,
      candidateValidationLoss: losses,
    };
    const validationAccuracy = measures[winner].accuracy;
    const { hash } = candidates[winner];
    const { log } = this.options;
    const facts = { winner, hash, validationAccuracy, entropy, decided };
    log?.({ event: 'round', method: 'fuse', round, ...facts });
    const what = `round ${round + 1} of ${this.settings.rounds}`;
    if (byAlpha) logUndecided(log, { method: 'fuse', what, entropy, count: candidates.length });
    this.state = {
      ...this.state,
      round: round + 1,
      stage: 0,
      stages: [],
      work: this.state.work + this.roundWork(),
      rounds: [...rounds, record],
      validationAccuracy,
    };
    if (this.settings.winnerHead === 'kept') {
      this.head = await learntBy(contest.mixture.networks[winner].classifier);
    }
    const isLast = round + 1 === this.settings.rounds;
    if (isLast) logCollapse(log, 'fuse', candidates[winner]);
    contest.dispose();
    this.contest = undefined;
    return isLast ? undefined : this.openRound(candidates[winner]);
  }

  private async runStretch({
    stepWith,
    ...extent
  }: Pick<Stretch, 'steps' | 'stepsPerEpoch' | 'batches'> & {
    stepWith: (stats: RunningStats) => Stretch['step'];
  }) {
    const { round, stage, phase, step: from, made, weightSteps } = this.state;
    const { rounds, stages } = this.settings;
    const { weights, scoring, alpha } = this.stageSteps;
    const before = (round * stages + stage) * (scoring + alpha) + made;
    // Steps of later rounds are not known before their candidates are.
    const ahead =
      stages * (rounds - round - 1) * weights + (stages - stage - Number(phase === 'alpha')) * weightSteps;
    const total = rounds * stages * (scoring + alpha) + made + ahead;
    const activity = `round ${round + 1} of ${rounds}: ${phase}`;
    const stats = new RunningStats(this.gpu, this.state.stats);
    try {
      return await runStretch(this.gpu, {
        ...extent,
        name: `FUSE, ${activity}`,
        from,
        stats,
        step: stepWith(stats),
        signal: this.options.signal,
        onStep: (done) => this.options.onProgress?.({ done: before + done, total, activity }),
        save: (done, sums) => this.save(done, sums),
      });
    } finally {
      stats.dispose();
    }
  }

  private async save(step: number, stats: readonly number[]): Promise<void> {
    const { contest } = this;
    const optimizerSteps = contest?.optimizerSteps() ?? { weights: 0, alpha: 0 };
    this.state = { ...this.state, step, stats: [...stats], optimizerSteps };
    const head = contest || !this.head ? new Map() : headTensors(this.gpu, this.head);
    try {
      await this.options.save?.(this.state, contest?.tensors() ?? withPrefix('head', head));
    } finally {
      for (const tensor of head.values()) tensor.dispose();
    }
  }
}

export const fuseMethod = defineSearchMethod({
  name: 'fuse',
  title: 'FUSE',
  namesSpace: true,
  stateSchema,
  replay,
  run: fuse,
});
