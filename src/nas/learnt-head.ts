import type { Linear } from '../nn/layers';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import type { SavedTensors } from './search-state';

/** What a linear head has learnt, off the GPU: 'weight' [classes, features] and 'bias' [classes]. */
export type LearntHead = SavedTensors;

/** A copy of what a head has learnt, which stays when its network is freed. */
export async function learntBy(head: Linear): Promise<LearntHead> {
  const copies = [...head.stateDict()].map(async ([name, tensor]) => {
    return [name, { shape: tensor.shape, data: await tensor.data() }] as const;
  });
  return new Map(await Promise.all(copies));
}

/** The same on the GPU again, for saving; the caller's to dispose of. */
export const headTensors = (gpu: Gpu, head: LearntHead): Map<string, Tensor> =>
  new Map([...head].map(([name, { shape, data }]) => [name, gpu.tensor(Float32Array.from(data), shape)]));
