import type { GpuHost } from '../runtime/host';
import { Runtime, type RuntimeOptions } from '../runtime/runtime';
import { Gpu } from './tensor/gpu';

/** Makes `openGpu` for a host. */
export const openOn =
  (host: GpuHost) =>
  /**
   * Opens a GPU.
   * @throws GpuUnavailableError with what was tried and how to mend it
   */
  async (options: RuntimeOptions = {}): Promise<Gpu> =>
    new Gpu(await Runtime.open(host, options));
