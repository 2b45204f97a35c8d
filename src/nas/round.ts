import type { Genotype } from './genotype';
import type { LearntHead } from './learnt-head';

/** The mixture after one stage. */
export interface Stage {
  /** Its number in the round, from 0. */
  readonly stage: number;
  /** Raw logits, one for each candidate of the round. */
  readonly alpha: readonly number[];
  /** Mean over the last steps of the weights. */
  readonly trainLoss: number;
  /** Mean over the steps of α. */
  readonly validationLoss: number;
}

/** One round of a search: the candidates, what happened to their weights, who won. */
export interface Round {
  /** Its number, from 0. */
  readonly round: number;
  /** The cells that met. */
  readonly candidates: readonly Genotype[];
  /** Empty for a search that does not weigh its candidates by α. */
  readonly stages: readonly Stage[];
  /** Of each candidate by itself. */
  readonly candidateValidationLoss: readonly number[];
  /** Index of a candidate. */
  readonly winner: number;
  /** Of softmax(α) at the round's end, in nats; in DARTS the mean over the edges. Null for a search without α. */
  readonly entropy: number | null;
  /** Whether α preferred anybody (see `isUndecided`). Null for a search without α; not in older results. */
  readonly decided?: boolean | null;
}

/**
 * What a search cost, on any adapter. A step is one of one network's weights: with three candidates side by side, three
 * steps. In a supernet, one step counts once, whatever it computes. Steps of α are not counted.
 */
export interface Spent {
  /** Training steps, of weights and of α. */
  readonly steps: number;
  /** Networks trained from fresh weights. */
  readonly networks: number;
}

/** What a search found, and what that took. */
export interface SearchOutcome {
  /** The cell that was found. */
  readonly winner: Genotype;
  /** Of the winner by itself, a share in [0, 1]. */
  readonly validationAccuracy: number;
  /** What happened, round by round; methods without rounds have one. */
  readonly rounds: readonly Round[];
  /** What the search took. */
  readonly spent: Spent;
  /** What the winner's linear layer has learnt, where it is to keep that. */
  readonly head?: LearntHead;
}
