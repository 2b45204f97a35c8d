import type { StateEntry } from '../../src/nn/module';
import { noise, sizeOf } from '../data';

interface Shaped {
  readonly shape: readonly number[];
}

/** Values of a network's tensors, without a GPU. */
export type State = ReadonlyMap<string, StateEntry & { readonly data: Float32Array<ArrayBuffer> }>;

/**
 * Where both engines begin to train: kernels and matrices uniform within 1/√fan-in, as PyTorch draws them; vectors, that
 * is biases and batch norms, as in a fresh network.
 */
export function startingState(tensors: ReadonlyMap<string, Shaped>): State {
  return new Map(
    [...tensors].map(([name, { shape }], seed) => [name, { shape, data: valuesOf(name, shape, seed) }]),
  );
}

function valuesOf(name: string, shape: readonly number[], seed: number): Float32Array<ArrayBuffer> {
  if (shape.length === 1) {
    const ones = /(^|\.)(weight|running_var|alpha)$/.test(name);
    return new Float32Array(shape[0]).fill(ones ? 1 : 0);
  }
  const bound = 1 / Math.sqrt(sizeOf(shape.slice(1)));
  return noise(sizeOf(shape), seed).map((value) => value * bound);
}
