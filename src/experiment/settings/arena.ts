import type { Backbone } from '../../nas/backbone';
import type { TableBudget } from './table-budget';

/** On which images cells of a table compete, and in what network. */
export interface Arena
  extends Pick<TableBudget, 'shrink' | 'channels' | 'head' | 'images' | 'validationImages' | 'batchSize'> {
  /** Left out: one cell, as in tables of our own. */
  readonly backbone?: Backbone;
}

/** A table's own images and network. */
export const arenaOf = ({
  shrink,
  channels,
  head,
  images,
  validationImages,
  batchSize,
}: TableBudget): Arena => ({ shrink, channels, head, images, validationImages, batchSize });

/**
 * NAS-Bench-201's network made small: a cell for each of its three stages, not five, half of the channels, images of 16 × 16
 * pixels, and few of them. So 200 cells take half an hour of CPU time on lavapipe.
 */
export const NAS_BENCH_201_ARENA: Arena = {
  shrink: 2,
  channels: 8,
  head: 'mean',
  backbone: { cells: 5, reductions: 'residual' },
  images: 1024,
  validationImages: 512,
  batchSize: 32,
};

/** How a search would train and score the cells of a table. */
export interface ContestBudget {
  /** Epochs of a round's weights; of all cells' weights in one network, `sharedTimes` as many. */
  readonly epochs: number;
  readonly sharedTimes: number;
  readonly weightLr: number;
  /** Validation images that batch norm normalises together, and that a step of α sees. */
  readonly scoreBatch: number;
  /** Steps of α, and its learning rate. */
  readonly alphaSteps: number;
  readonly alphaLr: number;
}

/** α as in preset `quick`. */
export const CONTEST_BUDGET: Omit<ContestBudget, 'epochs'> = {
  sharedTimes: 4,
  weightLr: 0.01,
  scoreBatch: 64,
  alphaSteps: 400,
  alphaLr: 0.01,
};

/** Epochs of a round in `NAS_BENCH_201_ARENA`. */
export const NAS_BENCH_201_EPOCHS = 3;
