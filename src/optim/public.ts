/** The public `optim`. */

export { Adam, type AdamGroup, type AdamOptions, AdamW } from './adam';
export { type ClipOptions, clipGradNorm } from './clip';
export type { GroupOptions, GroupState, ParamGroup, Params } from './groups';
export { OneCycleLR, type OneCycleOptions } from './one-cycle';
export {
  type Learnt,
  Optimizer,
  OptimizerError,
  type OptimizerState,
  type SavedOptimizer,
} from './optimizer';
export { type PlateauOptions, type PlateauState, ReduceLROnPlateau } from './plateau';
export { RMSprop, type RmspropGroup, type RmspropOptions } from './rmsprop';
export {
  CosineAnnealingLR,
  LinearLR,
  type LinearLROptions,
  type RateSchedule,
  type Schedule,
  type ScheduleState,
  StepLR,
} from './schedule';
export { SequentialLR } from './sequential';
export { SGD, type SgdGroup, type SgdOptions } from './sgd';
