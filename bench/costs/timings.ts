import { Contest } from '../../src/nas/contest';
import { cellEdges } from '../../src/nas/edges';
import { freshNetwork } from '../../src/nas/fresh-network';
import { type Genotype, makeGenotype } from '../../src/nas/genotype';
import { imageShapeOf } from '../../src/nas/image-shape';
import type { OperationName } from '../../src/nas/operations/defined';
import { OPERATION_NAMES } from '../../src/nas/operations/table';
import type { SearchData } from '../../src/nas/settings';
import { Supernet } from '../../src/nas/supernet';
import { Adam } from '../../src/optim/adam';
import { BatchFeed, FeedSteps } from '../../src/training/batch-feed';
import { learn } from '../../src/training/learn';
import { RunningStats } from '../../src/training/stats';
import { type Study, search } from '../scoring/study';
import { answerAll, learnAlpha } from '../scoring/train';

/** Steps of a measurement. */
export const STEPS = 12;
const WARM = 4;
const { nodes, channels, batchSize } = search;

/** A cell with an operation on the edges given, and nothing on others. */
const cellOf = (operation: OperationName, edges: readonly string[] = cellEdges(nodes)): Genotype =>
  makeGenotype(
    nodes,
    channels,
    Object.fromEntries(cellEdges(nodes).map((edge) => [edge, edges.includes(edge) ? operation : 'none'])),
  );
/** As little as a cell can be: the image itself is passed on, by one edge. */
const IDLE = cellOf('skip_connect', [`0${nodes - 1}`]);

/** Seconds of training steps, measured in turns. */
export class Timings {
  private readonly data: SearchData;
  private readonly feed: BatchFeed;
  private readonly seconds = new Map<string, number>();

  constructor(private readonly study: Study) {
    this.data = study.data(0, search.images);
    this.feed = new BatchFeed(this.data.images, this.data.train, { batchSize, seed: 0 });
  }

  /** Measures everything once. */
  async turn(): Promise<void> {
    await this.mixture('idle', [IDLE]);
    await this.mixture('idle three', [IDLE, IDLE, IDLE]);
    for (const name of OPERATION_NAMES) if (name !== 'none') await this.mixture(name, [cellOf(name)]);
    await this.supernet();
  }

  /** The best of all turns, in seconds a step; `scoring` as a share of a training step. */
  best() {
    const of = (name: string) => this.seconds.get(name) ?? Number.NaN;
    const cells = new Map(OPERATION_NAMES.filter((name) => name !== 'none').map((name) => [name, of(name)]));
    return {
      idle: of('idle'),
      idleThree: of('idle three'),
      cells,
      scoring: of('score sep_conv_3x3') / of('sep_conv_3x3'),
      alpha: of('alpha idle three'),
      supernet: of('supernet'),
    };
  }

  private async timed(name: string, steps: number, work: () => Promise<unknown>): Promise<void> {
    const { seconds } = await this.study.gpu.time(work);
    this.seconds.set(name, Math.min(this.seconds.get(name) ?? Number.POSITIVE_INFINITY, seconds / steps));
  }

  private async mixture(name: string, genotypes: readonly Genotype[]): Promise<void> {
    const { study, data, feed } = this;
    const { gpu } = study;
    const networks = genotypes.map((genotype, number) =>
      freshNetwork(gpu, genotype, data, { seed: 0, number }),
    );
    const contest = new Contest(gpu, networks, { weightLr: 1e-3, alphaLr: search.alphaLr });
    const stats = new RunningStats(gpu);
    const steps = new FeedSteps(gpu, [feed], () => contest.weightStep(feed, stats, 0));
    await this.trained(name, steps, stats);
    const batches = answerAll(contest, data, 0);
    await contest.measure(0);
    contest.forgetScores();
    await this.timed(`score ${name}`, batches, async () => {
      answerAll(contest, data, 0);
      for (const k of genotypes.keys()) await contest.measure(k);
    });
    const alpha = { seed: 0, batches, from: WARM, to: WARM + 8 * STEPS };
    await learnAlpha(gpu, contest, { ...alpha, from: 0, to: WARM });
    await this.timed(`alpha ${name}`, 8 * STEPS, () => learnAlpha(gpu, contest, alpha));
    steps.dispose();
    contest.dispose();
    stats.dispose();
  }

  private async supernet(): Promise<void> {
    const { data, feed } = this;
    const { gpu } = this.study;
    const { classes, images } = data;
    const net = new Supernet(gpu, {
      ...search,
      operations: OPERATION_NAMES,
      classes,
      image: imageShapeOf('costs', images),
    });
    const adams = [net.alphas(), net.weights()].map((moved) => new Adam(moved, { lr: 1e-3 }));
    const stats = new RunningStats(gpu);
    const steps = new FeedSteps(gpu, [feed], () => {
      for (const adam of adams) {
        learn(gpu, adam, () => feed.batch(), { forward: (x) => net.forward(x), stats, number: 0 });
        for (const either of adams) either.zeroGrad();
      }
    });
    await this.trained('supernet', steps, stats);
    steps.dispose();
    for (const adam of adams) adam.dispose();
    net.dispose();
    stats.dispose();
  }

  /** Times training steps once the first ones, which JavaScript makes, are over. */
  private async trained(name: string, steps: FeedSteps, stats: RunningStats): Promise<void> {
    for (let step = 0; step < WARM; step++) steps.make(step);
    await stats.read();
    await this.timed(name, STEPS, async () => {
      for (let step = 0; step < STEPS; step++) {
        steps.make(step);
        await this.study.gpu.pace();
      }
      await stats.read();
    });
  }
}
