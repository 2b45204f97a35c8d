import { GpuUnavailableError, TaskgradError } from './errors';
import { classifyAdapter, describeAdapter, type GpuHost } from './host';

const REMEDY =
  'Use a browser with WebGPU (Chrome or Edge 113+, Safari 26+, Firefox 141+) on a page served over https or from localhost, with hardware acceleration switched on.';

/** The browser's own WebGPU. The choice of driver is the browser's; only 'gpu' refuses a software adapter. */
export const browserHost: GpuHost = {
  async find(choice, index) {
    if (index !== undefined) {
      throw new TaskgradError('ADAPTER', 'openGpu: adapterIndex is for Node; a browser chooses by itself');
    }
    if (!('gpu' in navigator)) {
      throw new GpuUnavailableError([{ what: 'navigator.gpu', outcome: 'missing' }], REMEDY);
    }
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) {
      throw new GpuUnavailableError([{ what: 'requestAdapter', outcome: 'no adapter' }], REMEDY);
    }
    const kind = classifyAdapter(adapter.info);
    if (choice !== 'auto' && kind !== choice) {
      throw new GpuUnavailableError(
        [{ what: 'requestAdapter', outcome: `found ${kind}, asked for ${choice}` }],
        REMEDY,
      );
    }
    return {
      adapter,
      kind,
      description: describeAdapter(adapter.info),
      hint: kind === 'gpu' ? undefined : 'switch hardware acceleration on in the browser settings',
    };
  },
};
