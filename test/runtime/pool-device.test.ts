import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GpuLimitError } from '../../runtime/errors';
import { openGpu } from '../../src/node';
import type { Gpu } from '../../src/tensor/gpu';
import { openPoorer } from './poorer';

const MIB = 1 << 20;

describe('on a real device', () => {
  let gpu: Gpu;
  beforeAll(async () => {
    gpu = await openGpu({ memoryLimit: 64 * MIB });
  });
  afterAll(() => gpu.dispose());

  test('a tensor over memoryLimit throws GpuOutOfMemoryError with its shape, and a smaller one still fits', async () => {
    expect(() => gpu.zeros([32, MIB])).toThrow(/tensor f32\[32,1048576\] needs 134217728 bytes/);
    const small = gpu.ones([4]);
    expect([...(await small.data())]).toEqual([1, 1, 1, 1]);
    small.dispose();
  });

  test('a loop whose tensors are freed stays within memoryLimit', async () => {
    for (let i = 0; i < 12; i++) gpu.full([2 * MIB], i).dispose();
    await gpu.runtime.idle();
    expect(gpu.memory().peakBytes).toBeLessThanOrEqual(64 * MIB);
  });

  test('an out-of-memory of the driver surfaces at the next await and is over then', async () => {
    const { device } = gpu.runtime;
    const popErrorScope = device.popErrorScope.bind(device);
    device.popErrorScope = async () => {
      device.popErrorScope = popErrorScope;
      await popErrorScope();
      return { message: 'vkAllocateMemory failed' };
    };
    const refused = gpu.empty([3000, 3]);
    await expect(refused.data()).rejects.toThrow(
      /tensor f32\[3000,3\] needs \d+ bytes; the driver refused it/,
    );
    refused.dispose();
    expect(await gpu.full([2], 7).data()).toEqual(new Float32Array([7, 7]));
  });

  test('a tensor too large for a binding throws GpuLimitError that says what to do', async () => {
    const limit = 128 << 20;
    const narrow = await openPoorer([], { maxStorageBufferBindingSize: limit });
    const large = narrow.empty([limit / 4 + 1024]);
    const use = () => narrow.kernels.elementwise('-x', { x: large });
    expect(use).toThrow(GpuLimitError);
    expect(use).toThrow(
      new RegExp(`elementwise.*needs \\d+ bytes.*maxStorageBufferBindingSize is ${limit}.*smaller batch`),
    );
    narrow.dispose();
  });
});
