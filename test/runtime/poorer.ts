import { nodeHost } from '../../runtime/host.node';
import { openOn } from '../../src/open';
import type { Gpu } from '../../src/tensor/gpu';

/** Opens the usual adapter as one that lacks a feature, or has a lower limit. */
export function openPoorer(
  without: readonly string[],
  limits: Partial<Record<keyof GPUSupportedLimits, number>> = {},
): Promise<Gpu> {
  return openOn({
    find: async (choice) => {
      const found = await nodeHost.find(choice);
      const { adapter } = found;
      const poorer = {
        features: new Set([...adapter.features].filter((name) => !without.includes(name))),
        limits: new Proxy(adapter.limits, {
          get: (all, name) => Reflect.get(limits, name) ?? Reflect.get(all, name, all),
        }),
        info: adapter.info,
        requestDevice: (descriptor: GPUDeviceDescriptor) => adapter.requestDevice(descriptor),
      };
      return { ...found, adapter: poorer as unknown as GPUAdapter };
    },
  })();
}
