import { afterAll, beforeAll } from 'vitest';
import { openGpu } from '../../src/node';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { type Ref, ref } from '../reference/ref';

/** The GPU of one test file: opened before its tests, disposed of after them. */
export interface Device {
  readonly gpu: Gpu;
  upload(from: Ref, requiresGrad?: boolean): Tensor;
  integers(values: readonly number[], shape?: readonly number[]): Tensor;
}

export function useDevice(): Device {
  let opened: Gpu | undefined;
  beforeAll(async () => {
    opened = await openGpu();
  });
  afterAll(() => opened?.dispose());
  return {
    get gpu() {
      if (!opened) throw new Error('the GPU is open during tests only');
      return opened;
    },
    upload({ shape, data }, requiresGrad = false) {
      return this.gpu.tensor(Float32Array.from(data), shape, { requiresGrad });
    },
    integers(values, shape = [values.length]) {
      return this.gpu.tensor(Int32Array.from(values), shape);
    },
  };
}

export const download = async (tensor: Tensor): Promise<Ref> => ref(tensor.shape, await tensor.data());
