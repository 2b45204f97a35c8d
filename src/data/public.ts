/** The public `data`, but for what reads files. */

export type { Split } from '../tasks/task';
export type { Batch, Batches } from './batch';
export { type CifarFile, type CifarFormat, parseCifar } from './cifar';
export { DeviceImages, type Order, type ViewOptions } from './device-set';
export { type IdxArray, parseIdx } from './idx';
export { checkLabels, type Dataset, type ImageSet, pixelStatistics, subset } from './images';
export { type NpyHeader, npyDataOffset, parseNpyHeader } from './npy';
export {
  decodeSafetensors,
  encodeSafetensors,
  type LoadedTensor,
  type SafetensorsFile,
  type StoredTensor,
} from './safetensors';
export { CIFAR10 } from './sets/cifar10';
export { CIFAR100 } from './sets/cifar100';
export type { StoredDtype } from './stored-types';
