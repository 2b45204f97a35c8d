/** The public `training`. */
export { augmented } from './augment';
export { epochOrder } from './batch-feed';
export { InterruptedError, NanLossError, StrayLabelError, TrainingError } from './errors';
export { evaluate, fit, warmUp } from './fit';
