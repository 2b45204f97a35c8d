/** The public `data`, but for what reads files. */
export { DeviceImages } from './device-set';
export { parseIdx } from './idx';
export { checkLabels, pixelStatistics, subset } from './images';
export { decodeSafetensors, encodeSafetensors } from './safetensors';
