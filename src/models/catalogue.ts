import { TaskgradError } from '../../runtime/errors';
import type { Gpu } from '../tensor/gpu';
import { aText, checkArgument } from '../tensor/guard';
import { type Classifier, type ClassifierOptions, checkClassifier } from './classifier';
import { densenet121, densenet161 } from './densenet';
import { mobileNetV2 } from './mobilenet';
import { resnet18, resnet34 } from './resnet';
import { NN1, NN2, NN3, smallCifarNet } from './seed';
import { vgg11, vgg16 } from './vgg';

/** Hand-made networks by the name the command line and the report use. */
export const NETWORKS = {
  NN1,
  NN2,
  NN3,
  smallCifarNet,
  vgg11,
  vgg16,
  resnet18,
  resnet34,
  densenet121,
  densenet161,
  mobileNetV2,
} as const;
/** A hand-made network's name. */
export type NetworkName = keyof typeof NETWORKS;

/** Networks of the original programs, whose last layer has the task's classes. */
const SEED_NETWORKS: readonly NetworkName[] = ['NN1', 'NN2', 'NN3', 'smallCifarNet'];
export const isSeedNetwork = (name: NetworkName): boolean => SEED_NETWORKS.includes(name);

/**
 * The names that `makeNetwork` knows.
 * @example
 * ```ts
 * models.NETWORK_NAMES.includes('resnet18'); // → true
 * ```
 */
export const NETWORK_NAMES = Object.keys(NETWORKS) as NetworkName[];

/**
 * @throws TaskgradError on a name that is not in the catalogue
 * @example
 * ```ts
 * const net = models.makeNetwork(gpu, 'NN2', { classes: 10, width: 0.1 });
 * net.forward(gpu.ones([5, 1, 28, 28])).shape; // → [5, 10]
 * ```
 */
export function makeNetwork(gpu: Gpu, name: string, options: ClassifierOptions): Classifier {
  checkArgument('makeNetwork', 'name', name, aText);
  checkClassifier('makeNetwork', gpu, options);
  if (!Object.hasOwn(NETWORKS, name)) {
    throw new TaskgradError(
      'NETWORK_UNKNOWN',
      `unknown network '${name}'; known are ${NETWORK_NAMES.join(', ')}`,
    );
  }
  return NETWORKS[name as NetworkName](gpu, options);
}
