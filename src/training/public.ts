/** The public `training`. */
export { augmented } from './augment';
export { InterruptedError, NanLossError, TrainingError } from './errors';
export { epochOrder, evaluate, fit, warmUp } from './fit';
