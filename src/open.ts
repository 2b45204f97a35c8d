import type { AdapterFacts } from '../runtime/adapter-facts';
import type { GpuHost } from '../runtime/host';
import type { RuntimeOptions } from '../runtime/runtime';
import { view } from './ops/view';
import { Gpu } from './tensor/gpu';
import { aCount, aNumber, aText, checkArgument, options as fields, optional } from './tensor/guard';
import { recordViews } from './tensor/tensor';
import type { Tuning } from './tensor/variants';

const openOptions = fields({
  adapter: optional(aText),
  adapterIndex: optional(aCount),
  memoryLimit: optional(aNumber),
});

/** Makes `openGpu` for a host, and for what it keeps of measurements. */
export const openOn =
  (host: GpuHost, tuningOf?: (adapter: AdapterFacts) => Promise<Tuning>) =>
  /**
   * Opens a GPU.
   * @throws GpuUnavailableError with what was tried and how to mend it
   */
  async (options: RuntimeOptions = {}): Promise<Gpu> => {
    checkArgument('openGpu', 'options', options, openOptions);
    // Not where `view` is made: bundlers leave that file out unless something of it is called.
    recordViews(view);
    return Gpu.open(host, options, tuningOf);
  };
