import { Adam } from '../optim/adam';
import type { Gpu } from '../tensor/gpu';
import { BatchFeed } from '../training/batch-feed';
import { InterruptedError } from '../training/errors';
import { learn } from '../training/learn';
import { type Measure, RunningStats } from '../training/stats';
import type { TrainingState } from './evaluate-genotype';
import type { Genotype } from './genotype';
import { imageShapeOf } from './image-shape';
import type { RoundOptions } from './own-scores';
import { underPrefix, withPrefix } from './prefix';
import { scoreAlone } from './score';
import type { SavedSearch, SaveSearch } from './search-state';
import { seedFor } from './seeds';
import type { SearchData } from './settings';
import type { SearchSpace } from './space';
import { runStretch } from './stretch';
import { Supernet } from './supernet';

/** Where the scoring by shared weights stands: these learn first. */
export interface SharedState extends TrainingState {
  /** Of the first genotypes. */
  readonly measures: readonly Measure[];
}

export interface SharedOptions
  extends Omit<RoundOptions, 'alphaSteps' | 'alphaLr' | 'weightLoss' | 'number' | 'save' | 'resume'> {
  /** Called when the weights have learnt, and when interrupted. */
  readonly save?: SaveSearch<SharedState>;
  /** Goes on from here instead of the beginning. */
  readonly resume?: SavedSearch<SharedState>;
}

/**
 * Trains all cells of a space in one network, every operation of an edge with an equal share, and scores some of them by
 * themselves with the weights that they share: the supernet of DARTS before α learns.
 * @returns of each genotype, loss and accuracy on the validation images
 * @throws NanLossError, InterruptedError (after saving)
 */
export async function sharedScores(
  gpu: Gpu,
  data: SearchData,
  { operations }: Pick<SearchSpace, 'operations'>,
  genotypes: readonly Genotype[],
  options: SharedOptions,
): Promise<Measure[]> {
  const { seed, steps, batchSize, scoreBatch, weightLr, head, backbone, signal, onStep, save, resume } =
    options;
  const [{ nodes, channels }] = genotypes;
  gpu.manualSeed(seedFor(seed, 'weights', 0));
  const image = imageShapeOf('shared weights', data.images);
  const frame = { nodes, channels, head, backbone };
  const supernet = new Supernet(gpu, { ...frame, operations, classes: data.classes, image });
  const adam = new Adam(supernet.weights(), { lr: weightLr });
  /** α stands still: its gradients are thrown away. */
  const unlearnt = new Adam(supernet.alphas(), { lr: weightLr });
  const feed = new BatchFeed(data.images, data.train, { batchSize, seed: seedFor(seed, 'order', 0) });
  const stats = new RunningStats(gpu, resume?.state.stats);
  const measures = [...(resume?.state.measures ?? [])];
  const saveAt = async (step: number, sums: readonly number[]) => {
    const { steps: optimizerSteps, tensors } = adam.state();
    const all = new Map([...withPrefix('supernet', supernet.stateDict()), ...withPrefix('adam', tensors)]);
    await save?.({ step, stats: [...sums], optimizerSteps, measures: [...measures] }, all);
  };
  try {
    if (resume) {
      const { state, tensors } = resume;
      supernet.loadStateDict(underPrefix('supernet', tensors));
      adam.loadState({ steps: state.optimizerSteps, tensors: underPrefix('adam', tensors) });
    }
    await runStretch(gpu, {
      name: 'shared weights',
      from: resume?.state.step ?? 0,
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
      save: saveAt,
    });
    const { state: sums } = await stats.read();
    if ((resume?.state.step ?? 0) < steps) await saveAt(steps, sums);
    for (const genotype of genotypes.slice(measures.length)) {
      if (signal?.aborted) {
        await saveAt(steps, sums);
        throw new InterruptedError();
      }
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
