import * as z from 'zod';
import { nowOf, type Varying } from '../../../runtime/varying';
import type { Gpu } from '../../tensor/gpu';
import { BatchFeed } from '../../training/batch-feed';
import { EMPTY_STATS, RunningStats } from '../../training/stats';
import { logCollapse } from '../collapse';
import { Contest } from '../contest';
import { freshNetwork } from '../fresh-network';
import { type Genotype, genotypeSchema } from '../genotype';
import { checkSearch } from '../guard';
import { roundSchema, type SearchOutcome, stageSchema } from '../round';
import {
  checkSettings,
  count,
  optimizerStepsSchema,
  type SavedSearch,
  searchState,
  stepsShape,
} from '../search-state';
import { randomFor, seedFor } from '../seeds';
import { completeSettings, type FullSettings, type SearchData, settingsRecord } from '../settings';
import { entropyOf } from '../shares';
import { drawDistinct } from '../space';
import { runStretch, type Stretch } from '../stretch';
import { defineSearchMethod, type MethodOptions } from './method';

/** Where FUSE stands. `round` equals the number of rounds once it is done. */
const stateSchema = searchState('fuse', {
  round: count,
  stage: count,
  /** What learns. */
  phase: z.enum(['weights', 'alpha']),
  ...stepsShape,
  optimizerSteps: optimizerStepsSchema,
  candidates: z.array(genotypeSchema).min(1),
  /** Finished rounds, then the stages of the current one. */
  rounds: z.array(roundSchema),
  stages: z.array(stageSchema),
  /** Of the last steps of the weights. */
  trainLoss: z.number(),
  /** Of the last round's winner by itself. */
  validationAccuracy: z.number(),
});
export type FuseState = z.infer<typeof stateSchema>;

/** `save` is called whenever weights or α have learnt, and when interrupted. */
export type FuseOptions = MethodOptions<FuseState>;

/**
 * FUSE (Le et al. 2021, "Fisher task distance and its application in neural architecture search"): K candidates share
 * the logits by softmax(α). Each of S stages trains all weights on the training images with α fixed, then α on the
 * validation images with the weights fixed. After the last stage the largest α wins the round. The winner keeps its
 * genotype and meets K − 1 new candidates. All weights, α and both optimisers begin anew, as in the original program:
 * the winner gets no head start. The whole search follows from the seed, and an interrupted one goes on to the same
 * result.
 * @throws SearchSpaceError, StrayLabelError, NanLossError, InterruptedError (after saving), SearchStateError
 */
export async function fuse(gpu: Gpu, data: SearchData, options: FuseOptions): Promise<SearchOutcome> {
  checkSearch('fuse', gpu, data, options);
  const search = new Fuse(gpu, data, options);
  try {
    return await search.run();
  } finally {
    search.dispose();
  }
}

class Fuse {
  private readonly settings: FullSettings;
  private readonly train: BatchFeed;
  private readonly weightSteps: number;
  private readonly scoreSteps: number;
  private readonly alphaSteps: number;
  private state: FuseState;
  private contest: Contest | undefined;

  constructor(
    private readonly gpu: Gpu,
    private readonly data: SearchData,
    private readonly options: FuseOptions,
  ) {
    this.settings = completeSettings(options, data);
    const { weightEpochs, alphaEpochs, batchSize, seed } = this.settings;
    this.train = new BatchFeed(data.images, data.train, { batchSize, seed: seedFor(seed, 'order', 0) });
    this.weightSteps = weightEpochs * this.train.stepsPerEpoch;
    this.scoreSteps = Math.ceil(data.validation.indices.length / batchSize);
    this.alphaSteps = alphaEpochs * this.scoreSteps;
    this.state = {
      method: 'fuse',
      settings: settingsRecord(this.settings, data),
      round: 0,
      stage: 0,
      phase: 'weights',
      step: 0,
      stats: [...EMPTY_STATS],
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
        else contest.forgetScores();
      }
      await this.save(0, EMPTY_STATS);
    }
    const { rounds, validationAccuracy } = this.state;
    const last = rounds[rounds.length - 1];
    const networks = rounds.flatMap(({ candidates }) => candidates).length;
    const spent = { steps: networks * this.settings.stages * this.weightSteps, networks };
    return { winner: last.candidates[last.winner], validationAccuracy, rounds, spent };
  }

  dispose(): void {
    this.contest?.dispose();
    this.train.dispose();
  }

  /** Draws a round's candidates, beside the survivor of the one before. */
  private async openRound(survivor?: Genotype): Promise<Contest> {
    const { space, candidates: count, seed } = this.settings;
    const { round, rounds } = this.state;
    const rivals = survivor ? [survivor] : [];
    const known = rounds.flatMap(({ candidates }) => candidates);
    const random = randomFor(seed, 'genotypes', round);
    const drawn = drawDistinct(space, this.settings, count - rivals.length, random, rivals, known);
    this.state = { ...this.state, candidates: [...rivals, ...drawn] };
    const contest = this.open();
    await this.warmUp(contest);
    return contest;
  }

  /** Networks and optimisers of the state's candidates, all of them fresh, so that nobody has a head start. */
  private open(): Contest {
    const { gpu, data } = this;
    const { candidates: count, seed, backbone, head } = this.settings;
    const { round, candidates } = this.state;
    const network = (genotype: Genotype, k: number) =>
      freshNetwork(gpu, genotype, data, { seed, number: round * count + k, backbone, head });
    this.contest = new Contest(gpu, candidates.map(network), this.settings);
    return this.contest;
  }

  private async resumed({ state, tensors }: SavedSearch<FuseState>): Promise<Contest | undefined> {
    checkSettings(state.settings, this.state.settings);
    this.state = state;
    if (state.round === this.settings.rounds) return undefined;
    const contest = this.open();
    contest.load(tensors, state.optimizerSteps);
    if (state.phase === 'alpha' && state.step > 0) {
      const feed = this.scoreFeed();
      for (let step = 0; step < Math.min(state.step, this.scoreSteps); step++) {
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
    const { train, weightSteps } = this;
    const { round, stage } = this.state;
    const first = (round * this.settings.stages + stage) * weightSteps;
    const trained = await this.runStretch({
      steps: weightSteps,
      stepsPerEpoch: train.stepsPerEpoch,
      batches: { feeds: [train], first },
      stepWith: (stats) => (step) => contest.weightStep(train, stats, step),
    });
    this.state = { ...this.state, phase: 'alpha', trainLoss: trained.loss };
  }

  /** Scores every validation batch once, then goes over the scores, in a new order each epoch. */
  private async trainAlpha(contest: Contest): Promise<void> {
    const { scoreSteps, alphaSteps } = this;
    const { round, stage } = this.state;
    const { stages, alphaEpochs, seed } = this.settings;
    const feed = this.scoreFeed();
    let order: Uint32Array = new Uint32Array();
    const stepWith = (stats: RunningStats) => (varying: Varying) => {
      const step = nowOf(varying);
      if (step < scoreSteps) {
        feed.seek(step);
        contest.score(feed);
        return;
      }
      const epoch = Math.floor(step / scoreSteps) - 1;
      const position = step % scoreSteps;
      if (position === 0 || order.length === 0) {
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

  /** Validation batches of the current stage, ready to be cut. */
  private scoreFeed(): BatchFeed {
    const { batchSize, seed, stages } = this.settings;
    const { round, stage } = this.state;
    const order = seedFor(seed, 'order', 1 + round * stages + stage);
    return new BatchFeed(this.data.images, this.data.validation, { batchSize, seed: order });
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
    const winner = alpha.indexOf(Math.max(...alpha));
    const measures = [];
    for (const k of candidates.keys()) measures.push(await contest.measure(k));
    const entropy = entropyOf(alpha);
    const record = {
      round,
      candidates,
      stages,
      winner,
      entropy,
      candidateValidationLoss: measures.map(({ loss }) => loss),
    };
    const validationAccuracy = measures[winner].accuracy;
    const { hash } = candidates[winner];
    this.options.log?.({ event: 'round', method: 'fuse', round, winner, hash, validationAccuracy, entropy });
    this.state = {
      ...this.state,
      round: round + 1,
      stage: 0,
      stages: [],
      rounds: [...rounds, record],
      validationAccuracy,
    };
    const isLast = round + 1 === this.settings.rounds;
    if (isLast) logCollapse(this.options.log, 'fuse', candidates[winner]);
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
    const { round, stage, phase, step: from } = this.state;
    const { rounds, stages } = this.settings;
    const perStage = this.weightSteps + this.scoreSteps + this.alphaSteps;
    const before = (round * stages + stage) * perStage + (phase === 'alpha' ? this.weightSteps : 0);
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
        onStep: (done) =>
          this.options.onProgress?.({ done: before + done, total: rounds * stages * perStage, activity }),
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
    await this.options.save?.(this.state, contest?.tensors() ?? new Map());
  }
}

export const fuseMethod = defineSearchMethod({
  name: 'fuse',
  title: 'FUSE',
  namesSpace: true,
  stateSchema,
  run: fuse,
});
