/** The public `data`, but for what reads files. */
export { parseCifar } from './cifar';
export { DeviceImages } from './device-set';
export { parseIdx } from './idx';
export { checkLabels, pixelStatistics, subset } from './images';
export { npyDataOffset, parseNpyHeader } from './npy';
export { decodeSafetensors, encodeSafetensors } from './safetensors';
export { CIFAR10 } from './sets/cifar10';
export { CIFAR100 } from './sets/cifar100';
