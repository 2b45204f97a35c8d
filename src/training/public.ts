/** The public `training`. */
export { InterruptedError, NanLossError } from './errors';
export { epochOrder, evaluate, fit, warmUp } from './fit';
