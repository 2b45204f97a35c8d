import { readBytes } from '../data/read.node';
import { decodeSafetensors } from '../data/safetensors';
import { aModule, type Module } from '../nn/module';
import type { Gpu } from '../tensor/gpu';
import { aText, checkAll } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { checkSums, saveTensors } from '../training/checkpoint.node';
import { load as loadBytes } from './models';
import { type LoadedNetwork, type NetworkAbout, networkIn, networkText } from './saved-network';

/** The public `models` in Node: all of it, with networks on disk. */
export * from './models';

/**
 * Writes a network with what is needed to load it as one safetensors file with checksums, all or nothing.
 * @throws ArgumentError; OutputError if the path cannot be written
 * @example
 * ```ts
 * const net = models.NN2(gpu, { classes: 2, size: 4, width: 0.05 });
 * await models.save('pets.safetensors', net, {
 *   ...{ network: 'NN2', width: 0.05, classes: ['cat', 'dog'], inputShape: [1, 4, 4], mean: [0.5], std: [0.25] },
 * });
 * ```
 */
export async function save(path: string, net: Module, about: NetworkAbout): Promise<void> {
  checkAll('models.save', { path: [path, aText], net: [net, aModule] });
  await saveTensors(path, net.stateDict(), {}, { metadata: networkText('models.save', about) });
}

/**
 * Makes the network that `models.save` wrote: with its state, in evaluation mode. Networks that `taskgrad train` and
 * `taskgrad run` have trained are such files, too: `network.safetensors` of the artefacts in a run's store.
 * @param file a path, or the bytes
 * @throws DataError if it is missing or no such file; `DATA_DAMAGED` where a checksum is another; StateDictError,
 *   TaskgradError `NETWORK_UNKNOWN`
 * @example
 * ```ts
 * const net = models.NN2(gpu, { classes: 2, size: 4, width: 0.05 });
 * await models.save('animals.safetensors', net, {
 *   ...{ network: 'NN2', width: 0.05, classes: ['cat', 'dog'], inputShape: [1, 4, 4], mean: [0.5], std: [0.25] },
 * });
 * const { classify } = await models.load(gpu, 'animals.safetensors');
 * const [{ name, probabilities }] = await classify(new Uint8Array(16)); // a picture of 4 × 4 pixels
 * probabilities.length; // → 2
 * ```
 */
export async function load(gpu: Gpu, file: string | Uint8Array | Blob): Promise<LoadedNetwork> {
  checkAll('models.load', { gpu: [gpu, aGpu] });
  if (typeof file !== 'string') return loadBytes(gpu, file);
  const content = decodeSafetensors(await readBytes(file), file);
  checkSums(file, content);
  return networkIn(gpu, content, file);
}
