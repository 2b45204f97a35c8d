/** The public `optim`. */
export { Adam, AdamW } from './adam';
export { Optimizer, OptimizerError } from './optimizer';
export { CosineAnnealingLR, StepLR } from './schedule';
export { SGD } from './sgd';
