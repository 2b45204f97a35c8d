import type { Augmentation } from '../training/augment';
import type { FirstWeights } from './first-weights';

export const RENEWALS = ['round', 'stage'] as const;
export const WINNER_HEADS = ['fresh', 'kept'] as const;
export const SURVIVORS = ['alpha', 'own-loss'] as const;
export const WEIGHT_LOSSES = ['mixture', 'own'] as const;
export const ALPHA_ORDERS = ['shuffled', 'fixed'] as const;

/**
 * Where FUSE may go other ways: where its public program does what is not right, where each default is what is right, and
 * at the end two ways that are not the paper's.
 */
export interface SearchRules {
  /** Validation images of a step of α, and of those that are scored at once; default: `batchSize`. */
  readonly alphaBatchSize?: number;
  /** Whether those are drawn anew for every stage and come in a new order each epoch, or always in the order of the set. */
  readonly alphaOrder?: (typeof ALPHA_ORDERS)[number];
  /** Whether Adam of weights and α forgets its moments for every round of FUSE, the default, or for every stage. */
  readonly optimizers?: (typeof RENEWALS)[number];
  /** What the first candidate of a round of FUSE begins with, who is the winner of the one before; default: as all. */
  readonly winnerWeights?: FirstWeights;
  /** Whether that one's linear layer begins anew, too, or keeps what it has learnt. */
  readonly winnerHead?: (typeof WINNER_HEADS)[number];
  /** Whether FUSE's candidates differ from each other and from those before; default true. */
  readonly distinct?: boolean;
  /** Whether all of FUSE's networks begin with one seed, and every round with the same order of images; default false. */
  readonly sharedSeeds?: boolean;
  /** What is done to the images that weights learn from; default: nothing. */
  readonly augment?: Augmentation;
  /** Who wins a round of FUSE: the largest α, as in the paper and the default, or the lowest validation loss by itself. */
  readonly survivor?: (typeof SURVIVORS)[number];
  /**
   * What the weights of FUSE's candidates learn from: the loss of their mixture, as in the paper and the default, or each
   * candidate's from its own, as if it were alone.
   */
  readonly weightLoss?: (typeof WEIGHT_LOSSES)[number];
}

export const DEFAULT_RULES = {
  alphaOrder: 'shuffled',
  optimizers: 'round',
  winnerWeights: 'default',
  winnerHead: 'fresh',
  distinct: true,
  sharedSeeds: false,
  survivor: 'alpha',
  weightLoss: 'mixture',
} as const satisfies SearchRules;
