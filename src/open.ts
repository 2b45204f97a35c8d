import type { AdapterFacts } from '../runtime/adapter-facts';
import type { GpuHost } from '../runtime/host';
import type { RuntimeOptions } from '../runtime/runtime';
import { Gpu } from './tensor/gpu';
import type { Tuning } from './tensor/variants';

/** Makes `openGpu` for a host, and for what it keeps of measurements. */
export const openOn =
  (host: GpuHost, tuningOf?: (adapter: AdapterFacts) => Promise<Tuning>) =>
  /**
   * Opens a GPU.
   * @throws GpuUnavailableError with what was tried and how to mend it
   */
  (options: RuntimeOptions = {}): Promise<Gpu> =>
    Gpu.open(host, options, tuningOf);
