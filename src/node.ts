import { nodeHost } from '../runtime/host.node';
import type { RuntimeOptions } from '../runtime/runtime';
import { tuningOf } from './data/tuned.node';
import { openOn } from './open';
import { bring } from './ops/conv2d/brought';
import { convolveByLines } from './ops/conv2d/lines';
import { weightByLines } from './ops/conv2d/lines-weight';
import type { Gpu } from './tensor/gpu';

export * from './api';
export * as data from './data/public.node';
export * as experiment from './experiment/public.node';
export * from './kernel-bench/public.node';
export * as models from './nas/models.node';
export * as nas from './nas/public.node';
export * as training from './training/public.node';

bring({ convolve: convolveByLines, weightGradient: weightByLines });

/**
 * Opens a GPU, with the kernels that were measured to be fastest on it. On a real one, `gpu.warmUp` measures those of
 * the shapes it is the first to meet, and keeps what it found for later runs. TASKGRAD_TUNE=off takes the defaults;
 * TASKGRAD_TUNE=on measures on software adapters too, where the slower kernels may take minutes.
 * @throws GpuUnavailableError with what was tried and how to mend it
 * @example
 * ```ts
 * const gpu = await openGpu(); // or { adapter: 'gpu' }, 'lavapipe', 'swiftshader'
 * console.log(gpu.adapter.description, gpu.adapter.hint ?? '');
 * gpu.dispose(); // else the process stays
 * ```
 */
export const openGpu: (options?: RuntimeOptions) => Promise<Gpu> = openOn(nodeHost, tuningOf);
