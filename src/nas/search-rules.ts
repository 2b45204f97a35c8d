import type { Augmentation } from '../training/augment';
import type { FirstWeights } from './first-weights';

export const RENEWALS = ['round', 'stage'] as const;
export const WINNER_HEADS = ['fresh', 'kept'] as const;
export const ALPHA_ORDERS = ['shuffled', 'fixed'] as const;

/** Where the public program of FUSE goes other ways than is right. Each default is what is right. */
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
}

export const DEFAULT_RULES = {
  alphaOrder: 'shuffled',
  optimizers: 'round',
  winnerWeights: 'default',
  winnerHead: 'fresh',
  distinct: true,
  sharedSeeds: false,
} as const satisfies SearchRules;
