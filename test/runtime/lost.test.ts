import { describe, expect, test } from 'vitest';
import { GpuDisposedError, GpuLostError, GpuUnavailableError } from '../../runtime/errors';
import { nodeHost } from '../../runtime/host.node';
import { openGpu } from '../../src/node';
import { openOn } from '../../src/open';

describe('a lost device', () => {
  test('rejects what is pending and all that comes later with GpuLostError, and a new one opens', async () => {
    const gpu = await openGpu();
    const x = gpu.ones([1000]);
    await x.data();
    for (let i = 0; i < 200; i++) gpu.kernels.elementwise('exp(x)', { x });
    const pending = [x.data(), gpu.runtime.idle(), gpu.pace(), gpu.time(async () => gpu.ones([3]))];
    gpu.runtime.device.destroy();
    const outcomes = await Promise.allSettled(pending);
    for (const outcome of outcomes) {
      expect(outcome.status).toBe('rejected');
      expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(GpuLostError);
    }
    await expect(x.data()).rejects.toThrow(/device was lost.*last checkpoint/);
    await expect(gpu.warmUp(() => undefined)).rejects.toThrow(GpuLostError);
    expect(() => gpu.zeros([3])).toThrow(GpuLostError);
    expect(() => gpu.empty([3])).toThrow(GpuLostError);
    expect(() => x.write(new Float32Array(1000))).toThrow(GpuLostError);
    x.dispose();
    gpu.dispose();

    const next = await openGpu();
    expect([...(await next.arange(3).data())]).toEqual([0, 1, 2]);
    next.dispose();
  });
});

describe('after dispose()', () => {
  test('every use throws GpuDisposedError, and what was pending rejects with it', async () => {
    const gpu = await openGpu();
    const x = gpu.ones([3]);
    const pending = x.data();
    gpu.dispose();
    gpu.dispose();
    await expect(pending).rejects.toThrow(GpuDisposedError);
    await expect(x.data()).rejects.toThrow(GpuDisposedError);
    expect(() => gpu.tensor([1], [1])).toThrow(GpuDisposedError);
    expect(() => gpu.empty([1])).toThrow(GpuDisposedError);
    expect(() => gpu.kernels.elementwise('-x', { x })).toThrow(/disposed; open a new one/);
    x.dispose();
  });

  test('`using` disposes', async () => {
    const opened = await openGpu();
    {
      using gpu = opened;
      await gpu.ones([2]).data();
    }
    expect(() => opened.empty([1])).toThrow(GpuDisposedError);
  });

  test('GPUs of one process do not disturb each other', async () => {
    const [a, b] = await Promise.all([openGpu(), openGpu()]);
    const x = b.full([2], 4);
    a.dispose();
    expect([...(await x.data())]).toEqual([4, 4]);
    b.dispose();
  });
});

test('a device that cannot be opened is reported with the adapter that refused it', async () => {
  const refusing = openOn({
    find: async (choice) => {
      const found = await nodeHost.find(choice);
      const adapter = {
        features: found.adapter.features,
        limits: found.adapter.limits,
        requestDevice: () => Promise.reject(new Error('too many devices')),
      } as unknown as GPUAdapter;
      return { ...found, adapter };
    },
  });
  const error: unknown = await refusing().catch((thrown) => thrown);
  expect(error).toBeInstanceOf(GpuUnavailableError);
  expect((error as GpuUnavailableError).attempts[0].outcome).toContain('too many devices');
});
