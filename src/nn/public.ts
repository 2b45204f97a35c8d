/** The public `nn`. */
export { ModuleDict, ModuleList } from './containers';
export * as init from './init';
export {
  AvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  GlobalAvgPool2d,
  Linear,
  MaxPool2d,
  ReLU,
  ReLU6,
  Sequential,
} from './layers';
export { Module, StateDictError } from './module';
