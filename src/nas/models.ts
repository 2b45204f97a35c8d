import { decodeSafetensors } from '../data/safetensors';
import type { Gpu } from '../tensor/gpu';
import { checkAll, kind } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { type LoadedNetwork, networkIn } from './saved-network';

const aFile = kind(
  'a Uint8Array or a Blob; in Node, also a path',
  (value) => value instanceof Uint8Array || value instanceof Blob,
);

/** The public `models`: hand-made networks, and those out of files, which may be of cells. */
export * from '../models/public';
export { type Classified, encode, type LoadedNetwork, type NetworkAbout } from './saved-network';

/**
 * Makes the network that `models.encode` or, in Node, `models.save` wrote: with its state, in evaluation mode. Networks that
 * `taskgrad train` and `taskgrad run` have trained are such files, too, and so are winners that the demo page exports.
 * @param file its bytes, or a file as a page is given it
 * @throws DataError if it is no such file; StateDictError, TaskgradError `NETWORK_UNKNOWN`
 * @example
 * ```ts
 * const net = models.NN2(gpu, { classes: 2, size: 4, width: 0.05 });
 * const bytes = await models.encode(net, {
 *   ...{ network: 'NN2', width: 0.05, classes: ['cat', 'dog'], inputShape: [1, 4, 4], mean: [0.5], std: [0.25] },
 * });
 * const { classify } = await models.load(gpu, bytes); // or a File that a page was given
 * const [{ name, probabilities }] = await classify(new Uint8Array(16));
 * probabilities.length; // → 2
 * ```
 */
export async function load(gpu: Gpu, file: Uint8Array | Blob): Promise<LoadedNetwork> {
  checkAll('models.load', { gpu: [gpu, aGpu], file: [file, aFile] });
  const name = file instanceof File ? file.name : 'network';
  const bytes = file instanceof Uint8Array ? file : new Uint8Array(await file.arrayBuffer());
  return networkIn(gpu, decodeSafetensors(bytes, name), name);
}
