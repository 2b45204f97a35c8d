/** The public `training`. */

export type { Batch } from '../data/batch';
export { type Augmentation, augmented } from './augment';
export { epochOrder } from './batch-feed';
export { InterruptedError, NanLossError, StrayLabelError, TrainingError } from './errors';
export { type Cursor, type EvaluateOptions, evaluate, type FitOptions, fit, warmUp } from './fit';
export type { Measure } from './stats';
