import { afterAll, beforeAll } from 'vitest';
import { openGpu } from '../src/node';
import type { Gpu } from '../src/tensor/gpu';

/** One GPU for all tests of the calling file, there once they run. */
export function useGpu(): { readonly gpu: Gpu } {
  const held: { gpu?: Gpu } = {};
  beforeAll(async () => {
    held.gpu = await openGpu();
  });
  afterAll(() => held.gpu?.dispose());
  return {
    get gpu() {
      if (!held.gpu) throw new Error('the GPU is open inside tests only');
      return held.gpu;
    },
  };
}
