import type { Tensor } from '../tensor/tensor';

/** Samples of one forward pass. They stay the caller's: a generator may free them once it is asked for the next. */
export interface Batch {
  /** [N, ...], what the network takes. */
  readonly inputs: Tensor;
  /** [N] i32: classes, or −100 for a sample that is left out. */
  readonly labels: Tensor;
}

/** What is walked batch by batch: an array, or what a generator gives. */
export type Batches = Iterable<Batch> | AsyncIterable<Batch>;
