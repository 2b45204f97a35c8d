import type { DeviceSet } from '../data/device-set';
import { aPart, type TargetSplit } from '../data/targets';
import type { StateEntry } from '../nn/module';
import type { Split } from '../tasks/task';
import {
  aCount,
  aFlag,
  aFunction,
  aNumber,
  anObject,
  aText,
  options as fields,
  kind,
  mapOf,
  optional,
} from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import type { Loss } from './answers';
import type { Augmentation } from './augment';
import { deviceSet, someMetrics } from './guard';
import type { Measured, Metrics } from './metrics';
import type { LossMeasure, Measure } from './stats';

/** What an epoch gave: in training, and over the validation samples after it, if there are any. */
export type EpochMeasure<M extends LossMeasure = Measure> = M & { readonly validation?: Measured<M> };

/** Where a run stands, and what it has measured of the current epoch. Plain JSON. */
export interface Cursor<M extends LossMeasure = Measure> {
  /** The epoch under way, from 0. */
  readonly epoch: number;
  /** Steps made of this epoch. */
  readonly step: number;
  /** Sums over the steps made of this epoch. */
  readonly stats: readonly number[];
  /** Of the epochs before. */
  readonly history: readonly EpochMeasure<M>[];
}

/** Samples that nothing is learnt from, measured after each epoch with the network in evaluation mode. */
export interface Validation<M extends LossMeasure = Measure, Part = Split> {
  /** Which samples. */
  readonly split: Part;
  /** Where they are; default: where the training samples are. */
  readonly images?: DeviceSet;
  /** Default: that of the training. */
  readonly batchSize?: number;
  /** What else is measured of them; default: nothing. */
  readonly metrics?: Metrics;
  /** What is to be small: the best epoch is the first one where it is smallest. Default: the loss. */
  readonly criterion?: (measure: Measured<M>) => number;
  /** Ends the training after so many epochs in a row that were not the best so far; default: never. */
  readonly patience?: number;
  /** Whether the network ends with the weights (and running statistics) of the best epoch; default: of the last. */
  readonly keepBest?: boolean;
}

/** How `training.fit` goes, whatever the samples have. */
export interface RunOptions<M extends LossMeasure, Part> {
  /** Names the run in errors, as in 'task 2, seed 0'. */
  readonly name: string;
  /** How often all samples are seen. */
  readonly epochs: number;
  /** Samples of a step. */
  readonly batchSize: number;
  /** Whether a last batch of fewer samples is left out of every epoch; default false. */
  readonly dropLast?: boolean;
  /** Orders the images, and draws what `augment` does to them. */
  readonly seed: number;
  /** Moves and mirrors the images of every step; left out, they stay as they are. */
  readonly augment?: Augmentation;
  /** Learning rate of an epoch; default: the optimiser's. */
  readonly schedule?: (epoch: number) => number;
  /**
   * Whether the GPU repeats the steps by itself once JavaScript has run the first ones, where that is possible (see
   * `gpu.capture`); default true. Set it to false for a network that does not call the same ops in every step.
   */
  readonly capture?: boolean;
  /**
   * Into how many parts every batch is cut; default 1. Gradients of the parts are added up: the same steps to rounding, in
   * less memory. Networks with batch norm or dropout, and labels of −100, cannot.
   */
  readonly parts?: number;
  /** Samples to measure after each epoch; default: none. */
  readonly validation?: Validation<M, Part>;
  /** Goes on from here instead of the beginning. */
  readonly cursor?: Cursor<M>;
  /** With a cursor of a run that keeps its best epoch: the state of that, as `save` was given it. */
  readonly best?: ReadonlyMap<string, StateEntry>;
  /** Stops after the current step. */
  readonly signal?: AbortSignal;
  /**
   * Writes a checkpoint; called after every epoch, by `saveEvery`, and when interrupted, never with a NaN loss or weight.
   * @param best state of the best epoch so far, where `keepBest` says so and there is one. It has to be read before the
   *   promise resolves
   */
  readonly save?: (cursor: Cursor<M>, best?: ReadonlyMap<string, Tensor>) => Promise<void>;
  /** Calls `save` within an epoch, too, whenever so many seconds have gone by since the last checkpoint; default: it does not. */
  readonly saveEvery?: number;
  /** Told each step made; `measure` is that of the epoch so far, wherever it was looked at. */
  readonly onStep?: (progress: { epoch: number; step: number; steps: number; measure?: M }) => void;
  /** Told each epoch, from 0, once it is saved. A promise is waited for. */
  readonly onEpoch?: (epoch: number, measure: EpochMeasure<M>) => unknown;
}

/** How `training.fit` goes with labels. */
export interface FitOptions extends RunOptions<Measure, Split> {
  /** Default: the cross-entropy of logits [N, classes]. Another one has outputs of that shape, too. */
  readonly loss?: Loss;
}

/** How `training.fit` goes with targets. */
export interface TargetFitOptions extends RunOptions<LossMeasure, TargetSplit> {
  /** What is to become small, the mean over the samples of a batch. */
  readonly loss: Loss;
}

const fromOne = kind(
  'a whole number of at least 1',
  (value) => Number.isInteger(value) && (value as number) >= 1,
);

export const fitOptions = fields({
  name: aText,
  epochs: aCount,
  batchSize: aNumber,
  dropLast: optional(aFlag),
  seed: aNumber,
  augment: optional(anObject),
  schedule: optional(aFunction),
  parts: optional(aCount),
  loss: optional(aFunction),
  validation: optional(
    fields({
      split: aPart,
      images: optional(deviceSet),
      batchSize: optional(aNumber),
      metrics: optional(someMetrics),
      criterion: optional(aFunction),
      patience: optional(fromOne),
      keepBest: optional(aFlag),
    }),
  ),
  best: optional(mapOf(anObject)),
  save: optional(aFunction),
  saveEvery: optional(aNumber),
  onStep: optional(aFunction),
  onEpoch: optional(aFunction),
});
