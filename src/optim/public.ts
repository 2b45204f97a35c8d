/** The public `optim`. */

export { Adam, type AdamOptions, AdamW } from './adam';
export { type Learnt, Optimizer, OptimizerError } from './optimizer';
export { CosineAnnealingLR, type Schedule, StepLR } from './schedule';
export { SGD, type SgdOptions } from './sgd';
