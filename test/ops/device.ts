import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { type Ref, ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

/** The GPU of the calling file's tests, and data for it. */
export interface Device {
  readonly gpu: Gpu;
  upload(from: Ref, requiresGrad?: boolean): Tensor;
  integers(values: readonly number[], shape?: readonly number[]): Tensor;
}

export const useDevice = (): Device => deviceOn(useGpu());

/** A GPU that is there once tests run, and data for it. */
export const deviceOn = (held: { readonly gpu: Gpu }): Device => ({
  get gpu() {
    return held.gpu;
  },
  upload({ shape, data }, requiresGrad = false) {
    return this.gpu.tensor(Float32Array.from(data), shape, { requiresGrad });
  },
  integers(values, shape = [values.length]) {
    return this.gpu.tensor(Int32Array.from(values), shape);
  },
});

export const download = async (tensor: Tensor): Promise<Ref> => ref(tensor.shape, await tensor.data());
