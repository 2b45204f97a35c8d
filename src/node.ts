import { nodeHost } from '../runtime/host.node';
import type { RuntimeOptions } from '../runtime/runtime';
import { readTuned } from './data/tuned.node';
import { openOn } from './open';
import type { Gpu } from './tensor/gpu';

const open = openOn(nodeHost);

export * from './api';
export * as data from './data/public.node';
export * as nas from './nas/public.node';
export * as training from './training/public.node';

/**
 * Opens a GPU, with the kernels that `taskgrad tune` found fastest on it (not with TASKGRAD_TUNE=off).
 * @throws GpuUnavailableError with what was tried and how to mend it
 */
export async function openGpu(options: RuntimeOptions = {}): Promise<Gpu> {
  const gpu = await open(options);
  gpu.variants.choose(await readTuned(gpu.adapter));
  return gpu;
}
