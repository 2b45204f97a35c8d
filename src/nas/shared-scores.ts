import { Adam } from '../optim/adam';
import type { Gpu } from '../tensor/gpu';
import { BatchFeed } from '../training/batch-feed';
import { InterruptedError } from '../training/errors';
import { learn } from '../training/learn';
import { type Measure, RunningStats } from '../training/stats';
import type { Genotype } from './genotype';
import { imageShapeOf } from './image-shape';
import type { RoundOptions } from './own-scores';
import { scoreAlone } from './score';
import { seedFor } from './seeds';
import type { SearchData } from './settings';
import type { SearchSpace } from './space';
import { runStretch } from './stretch';
import { Supernet } from './supernet';

export type SharedOptions = Omit<RoundOptions, 'alphaSteps' | 'alphaLr' | 'number'>;

/**
 * Trains all cells of a space in one network, every operation of an edge with an equal share, and scores some of them by
 * themselves with the weights that they share: the supernet of DARTS before α learns.
 * @returns of each genotype, loss and accuracy on the validation images
 * @throws NanLossError, InterruptedError
 */
export async function sharedScores(
  gpu: Gpu,
  data: SearchData,
  { operations }: Pick<SearchSpace, 'operations'>,
  genotypes: readonly Genotype[],
  options: SharedOptions,
): Promise<Measure[]> {
  const { seed, steps, batchSize, scoreBatch, weightLr, head, signal, onStep } = options;
  const [{ nodes, channels }] = genotypes;
  gpu.manualSeed(seedFor(seed, 'weights', 0));
  const image = imageShapeOf('shared weights', data.images);
  const supernet = new Supernet(gpu, { nodes, channels, operations, classes: data.classes, image, head });
  const adam = new Adam(supernet.weights(), { lr: weightLr });
  /** α stands still: its gradients are thrown away. */
  const unlearnt = new Adam(supernet.alphas(), { lr: weightLr });
  const feed = new BatchFeed(data.images, data.train, { batchSize, seed: seedFor(seed, 'order', 0) });
  const stats = new RunningStats(gpu);
  try {
    await runStretch(gpu, {
      name: 'shared weights',
      from: 0,
      ...{ steps, stats, signal, onStep },
      stepsPerEpoch: feed.stepsPerEpoch,
      batches: { feeds: [feed], first: 0 },
      step: (step) => {
        learn(gpu, adam, () => feed.batch(), {
          forward: (images) => supernet.forward(images),
          stats,
          number: step,
        });
        unlearnt.zeroGrad();
      },
      save: async () => undefined,
    });
    const measures: Measure[] = [];
    for (const genotype of genotypes) {
      if (signal?.aborted) throw new InterruptedError();
      measures.push(
        await scoreAlone(gpu, data, { batchSize: scoreBatch, seed }, (images) =>
          supernet.forwardOf(genotype, images),
        ),
      );
    }
    return measures;
  } finally {
    adam.dispose();
    unlearnt.dispose();
    supernet.dispose();
    feed.dispose();
    stats.dispose();
  }
}
