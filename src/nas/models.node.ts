import { writeFileAtomic } from '../data/files.node';
import { readBytes } from '../data/read.node';
import type { Module } from '../nn/module';
import type { Gpu } from '../tensor/gpu';
import { aText, checkAll } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { load as loadBytes } from './models';
import { decode, encode, type LoadedNetwork, type NetworkAbout } from './saved-network';

/** The public `models` in Node: all of it, with networks on disk. */
export * from './models';

/**
 * Writes a network with what is needed to load it as one safetensors file, all or nothing.
 * @throws ArgumentError; OutputError if the path cannot be written
 */
export async function save(path: string, net: Module, about: NetworkAbout): Promise<void> {
  checkAll('models.save', { path: [path, aText] });
  await writeFileAtomic(path, await encode(net, about));
}

/**
 * Makes the network that `models.save` wrote: with its state, in evaluation mode.
 * @param file a path, or the bytes
 * @throws DataError if it is missing or no such file; StateDictError, TaskgradError `NETWORK_UNKNOWN`
 */
export async function load(gpu: Gpu, file: string | Uint8Array | Blob): Promise<LoadedNetwork> {
  checkAll('models.load', { gpu: [gpu, aGpu] });
  return typeof file === 'string' ? decode(gpu, await readBytes(file), file) : loadBytes(gpu, file);
}
