import { readFileSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import { openGpu } from '../src/node';
import type { Gpu } from '../src/tensor/gpu';

/** The GPU of this process, with every pipeline that an earlier test file compiled. */
let shared: Gpu | undefined;

/**
 * One GPU for all tests of the calling file, there once they run. Other files have it before and after: tests that
 * lose it, tune it, change its device or ask for its peak memory open one of their own. What an earlier test dropped
 * may be freed at any moment, so memory is compared with `settledMemory`.
 */
export function useGpu(): { readonly gpu: Gpu } {
  let lent: Gpu | undefined;
  beforeAll(async () => {
    shared ??= await openGpu();
    lent = shared;
    lent.manualSeed(0);
  });
  afterAll(async () => {
    const gpu = lent;
    lent = undefined;
    if (gpu && gpu === shared) await handBack(gpu); // a file may ask twice, and the first have let it go
  });
  return {
    get gpu() {
      if (!lent) throw new Error('the GPU is open inside tests only');
      return lent;
    },
  };
}

/** Leaves nothing to the next file but pipelines. @throws what went wrong and no test of this file waited for */
async function handBack(gpu: Gpu): Promise<void> {
  try {
    await gpu.runtime.idle();
    const tuned = Object.keys(gpu.variants.choices);
    if (tuned.length > 0)
      throw new Error(`the GPU of all files was tuned for ${tuned}; open one for that test`);
    gpu.runtime.trim();
    if (memoryMaps() < MANY_MAPS) return;
    shared = undefined;
    gpu.dispose();
  } catch (error) {
    shared = undefined;
    gpu.dispose();
    throw error;
  }
}

/** lavapipe maps memory for every bind group, and ends a process at the 65,530 maps that Linux allows. */
const MANY_MAPS = 15_000;

/** Maps of this process; 0 where nobody counts them. */
function memoryMaps(): number {
  try {
    return readFileSync('/proc/self/maps', 'utf8').split('\n').length;
  } catch {
    return 0;
  }
}
