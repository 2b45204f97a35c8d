import { NETWORK_NAMES, type NetworkName } from '../../src/models/catalogue';

/** The networks of the original program, which take images of one size. */
export const SEED_NAMES = ['NN1', 'NN2', 'NN3', 'smallCifarNet'] as const satisfies NetworkName[];

/** The published networks. */
export const DEEP_NAMES = NETWORK_NAMES.filter((name) => !SEED_NAMES.some((seed) => seed === name));

/** The smallest of each family. */
export const FAMILIES = ['vgg11', 'resnet18', 'densenet121', 'mobileNetV2'] as const satisfies NetworkName[];
