import { TaskgradError } from '../../runtime/errors';
import type { Gpu } from '../tensor/gpu';
import { NN1, NN2, NN3, type SeedNet, type SeedNetOptions, smallCifarNet } from './seed';

/** Hand-made networks by the name the command line and the report use. */
export const NETWORKS = { NN1, NN2, NN3, smallCifarNet } as const;
export type NetworkName = keyof typeof NETWORKS;

export const NETWORK_NAMES = Object.keys(NETWORKS) as NetworkName[];

/** @throws TaskgradError on a name that is not in the catalogue */
export function makeNetwork(gpu: Gpu, name: string, options: SeedNetOptions): SeedNet {
  if (!Object.hasOwn(NETWORKS, name)) {
    throw new TaskgradError(
      'NETWORK_UNKNOWN',
      `unknown network '${name}'; known are ${NETWORK_NAMES.join(', ')}`,
    );
  }
  return NETWORKS[name as NetworkName](gpu, options);
}
