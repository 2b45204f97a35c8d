/** The public `training`. */

export type { Batch } from '../data/batch';
export { epochOrder } from '../data/epoch-order';
export type { TargetSplit } from '../data/targets';
export type { Loss } from './answers';
export { type Augmentation, augmented } from './augment';
export { InterruptedError, NanLossError, StrayLabelError, TrainingError } from './errors';
export { type EvaluateOptions, evaluate, type TargetEvaluateOptions } from './evaluate';
export { fit } from './fit';
export type {
  Cursor,
  EpochMeasure,
  FitOptions,
  RunOptions,
  TargetFitOptions,
  Validation,
} from './fit-options';
export type { Measured, Metric, Metrics } from './metrics';
export type { LossMeasure, Measure } from './stats';
export { type WarmUpOptions, warmUp } from './warm-up';
