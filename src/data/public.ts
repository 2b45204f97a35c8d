/** The public `data`, but for what reads files. */
export { CIFAR10, CIFAR100, parseCifar } from './cifar';
export { DeviceImages } from './device-set';
export { parseIdx } from './idx';
export { checkLabels, pixelStatistics, subset } from './images';
export { npyDataOffset, parseNpyHeader } from './npy';
export { decodeSafetensors, encodeSafetensors } from './safetensors';
