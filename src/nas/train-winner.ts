import type { DeviceSet } from '../data/device-set';
import { Adam } from '../optim/adam';
import type { Split } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import { anObject, checkAll } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import type { Augmentation } from '../training/augment';
import { evaluate } from '../training/evaluate';
import { evaluateTogether } from '../training/evaluate-together';
import { fit as train } from '../training/fit';
import type { Cursor } from '../training/fit-options';
import type { Measure } from '../training/stats';
import { warmUp } from '../training/warm-up';
import type { Surroundings } from './backbone';
import type { CellNetwork } from './cell';
import type { FirstWeights } from './first-weights';
import { freshNetwork } from './fresh-network';
import { aGenotype, type Genotype } from './genotype';
import { searchData, testData } from './guard';
import type { LearntHead } from './learnt-head';
import { underPrefix, withPrefix } from './prefix';
import { type SavedSearch, type SaveSearch, SearchStateError } from './search-state';
import { seedFor } from './seeds';
import type { SearchData } from './settings';

/** Where the retraining of a winner stands; `cursor` is that of `fit`. */
export interface WinnerState {
  /** Tells the state from that of a search. */
  readonly method: 'winner';
  /** The cell that is trained. */
  readonly genotype: Genotype;
  /** Where `fit` stands. */
  readonly cursor: Cursor;
  /** Steps that the optimiser has made. */
  readonly optimizerSteps: number;
}

/** How a learning rate goes over the epochs. */
export const SCHEDULES = ['cosine', 'constant'] as const;
/** How a learning rate goes over the epochs: down to 0 by a cosine, or not at all. */
export type Schedule = (typeof SCHEDULES)[number];

/** Number of the winner's weights: none of a search's candidates comes so far. */
const WINNER = 0xffff;

/** The images that a winner is measured on, once. */
export interface TestData {
  /** Seen as the search's images are. */
  readonly images: DeviceSet;
  /** Which of them, under which labels. */
  readonly split: Split;
}

/** `backbone` and `head` as in the search. */
export interface WinnerOptions extends Surroundings {
  /** Passes over the training images. */
  readonly epochs: number;
  /** Images of a step. */
  readonly batchSize: number;
  /** Of first weights and orders: a whole number from 0 to 2³² − 1. */
  readonly seed: number;
  /** What is done to the training images of every step; default: nothing. */
  readonly augment?: Augmentation;
  /** Adam's first learning rate; default 2e-3. */
  readonly lr?: number;
  /** Whether the rate falls to 0 by a cosine, the default, or stays. */
  readonly schedule?: Schedule;
  /** Whether batch norm learns scale and shift; default true. */
  readonly affine?: boolean;
  /** Default: PyTorch's own. */
  readonly firstWeights?: FirstWeights;
  /** What the linear layer begins with, where a search has left it what it learnt; default: fresh weights. */
  readonly learntHead?: LearntHead;
  /** Test images that batch norm normalises together (see `evaluateTogether`); left out: none, in evaluation mode. */
  readonly testTogether?: number;
  /** Stops after the current step: the state is saved, InterruptedError thrown. */
  readonly signal?: AbortSignal;
  /** Called after every epoch, and when interrupted. */
  readonly save?: SaveSearch<WinnerState>;
  /** Goes on from here instead of the beginning. */
  readonly resume?: SavedSearch<WinnerState>;
  /** Told after each step. */
  readonly onProgress?: (progress: { done: number; total: number }) => void;
  /** Told after each epoch, from 0, what it measured in training mode. */
  readonly onEpoch?: (epoch: number, train: Measure) => void;
}

/** A trained cell and how good it is. */
export interface TrainedWinner {
  /** The caller's to dispose of. */
  readonly network: CellNetwork;
  /** Of each epoch, in training mode. */
  readonly history: readonly Measure[];
  /** On the test images. */
  readonly test: Measure;
}

/**
 * Trains a found cell from fresh weights on all training images. Those for validation are among them, since nothing
 * is chosen by them any more. Then, once, measures it on the test images.
 * @throws StrayLabelError, NanLossError, InterruptedError (after saving), SearchStateError if the saved state is of another cell
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(64), labels: [0, 1, 0, 1], shape: [1, 4, 4] });
 * const [train, validation] = data.split(set, [0.5, 0.5], { seed: 1 });
 * const images = new data.DeviceSamples(gpu, set);
 * const cell = nas.makeGenotype(3, 1, { '01': 'skip_connect', '02': 'max_pool_3x3', '12': 'skip_connect' });
 * const test = { images, split: validation };
 * const { history } = await nas.trainWinner(gpu, { images, train, validation, classes: 2 }, test, cell, {
 *   ...{ epochs: 1, batchSize: 2, seed: 0 },
 * });
 * history.length; // → 1
 * ```
 */
export async function trainWinner(
  gpu: Gpu,
  data: SearchData,
  test: TestData,
  genotype: Genotype,
  options: WinnerOptions,
): Promise<TrainedWinner> {
  checkAll('trainWinner', {
    gpu: [gpu, aGpu],
    data: [data, searchData],
    test: [test, testData],
    genotype: [genotype, aGenotype],
    options: [options, anObject],
  });
  const { epochs, batchSize, seed, backbone, head, augment, firstWeights, testTogether } = options;
  const { learntHead } = options;
  const { lr = 2e-3, schedule = 'cosine', affine = true } = options;
  const { signal, save, resume, onProgress, onEpoch } = options;
  const { images } = data;
  const all = together(data.train, data.validation);
  const built = { affine, backbone, head, firstWeights };
  const network = freshNetwork(gpu, genotype, data, { seed, number: WINNER, ...built });
  const adam = new Adam(network.parameters(), { lr });
  let done = false;
  try {
    if (learntHead) network.classifier.loadStateDict(learntHead);
    if (resume) load(network, adam, resume);
    await warmUp(network, images, batchSize, { augment, optimizer: adam });
    const history = await train(network, adam, images, all, {
      name: `winner ${genotype.hash}`,
      epochs,
      batchSize,
      augment,
      signal,
      onEpoch,
      seed: seedFor(seed, 'order', WINNER),
      schedule: schedule === 'constant' ? undefined : (epoch) => cosine(lr, epoch / epochs),
      cursor: resume?.state.cursor,
      save: async ({ epoch, step, stats, history }) => {
        const cursor = { epoch, step, stats: [...stats], history: [...history] };
        const { steps: optimizerSteps, tensors } = adam.state();
        const state: WinnerState = { method: 'winner', genotype, cursor, optimizerSteps };
        await save?.(
          state,
          new Map([...withPrefix('network', network.stateDict()), ...withPrefix('adam', tensors)]),
        );
      },
      onStep: ({ epoch, step, steps }) => onProgress?.({ done: epoch * steps + step, total: epochs * steps }),
    });
    const measured =
      testTogether === undefined
        ? await evaluate(network, test.images, test.split, batchSize)
        : await evaluateTogether(network, test.images, test.split, testTogether);
    done = true;
    return { network, history, test: measured };
  } finally {
    adam.dispose();
    if (!done) network.dispose();
  }
}

const cosine = (lr: number, share: number): number => (lr * (1 + Math.cos(Math.PI * share))) / 2;

function load(network: CellNetwork, adam: Adam, { state, tensors }: SavedSearch<WinnerState>): void {
  const { hash } = network.genotype;
  if (state.genotype.hash !== hash) {
    throw new SearchStateError(`the saved training is of cell ${state.genotype.hash}, not of ${hash}`);
  }
  network.loadStateDict(underPrefix('network', tensors));
  adam.loadState({ steps: state.optimizerSteps, tensors: underPrefix('adam', tensors) });
}

function together(a: Split, b: Split): Split {
  return {
    indices: Uint32Array.from([...a.indices, ...b.indices]),
    labels: Int32Array.from([...a.labels, ...b.labels]),
  };
}
