/** The public `nn`. */
export { ModuleDict, ModuleList } from './containers';
export * as init from './init';
export {
  AvgPool2d,
  BatchNorm2d,
  type BatchNorm2dLayerOptions,
  Conv2d,
  type Conv2dLayerOptions,
  Dropout,
  Flatten,
  GlobalAvgPool2d,
  Linear,
  type LinearOptions,
  MaxPool2d,
  type PoolLayerOptions,
  ReLU,
  ReLU6,
  Sequential,
} from './layers';
export { Module, StateDictError, type StateEntry } from './module';
