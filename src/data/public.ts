/** The public `data`, but for what reads files. */

export type { Split } from '../tasks/task';
export type { Batch, Batches } from './batch';
export { type BatchesOptions, batches } from './batches';
export { type CifarFile, type CifarFormat, parseCifar } from './cifar';
export { DeviceImages, type ViewOptions } from './device-images';
export { DeviceSamples } from './device-samples';
export { DeviceSet, type Order } from './device-set';
export type { Sizes } from './epoch-order';
export {
  fromArrays,
  type OwnData,
  type OwnLabels,
  type OwnPictures,
  type OwnSamples,
  type OwnTargets,
} from './from-arrays';
export { type IdxArray, parseIdx } from './idx';
export {
  type ClassLabels,
  checkLabels,
  type Dataset,
  type ImageSet,
  type PictureSet,
  type Pictures,
  pixelStatistics,
} from './images';
export { type NpyHeader, npyDataOffset, parseNpyHeader } from './npy';
export {
  decodeSafetensors,
  encodeSafetensors,
  type LoadedTensor,
  type SafetensorsFile,
  type StoredTensor,
} from './safetensors';
export { type HostSet, type SampleSet, type Samples, subset, type Targets } from './samples';
export { CIFAR10 } from './sets/cifar10';
export { CIFAR100 } from './sets/cifar100';
export { type PartOptions, split, whole } from './split';
export { type Normalisation, statistics } from './statistics';
export type { StoredDtype } from './stored-types';
export type { TargetBatch, TargetSplit } from './targets';
