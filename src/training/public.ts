/** The public `training`. */
export { InterruptedError, NanLossError, TrainingError } from './errors';
export { epochOrder, evaluate, fit, warmUp } from './fit';
