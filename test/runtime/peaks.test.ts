import { cpus } from 'node:os';
import { describe, expect, test } from 'vitest';
import { GpuOutOfMemoryError } from '../../runtime/errors';
import { measurePeaks } from '../../runtime/peaks';
import type { Runtime } from '../../runtime/runtime';
import copySource from '../../shaders/peak_copy.wgsl';
import fmaSource from '../../shaders/peak_fma.wgsl';
import { openGpu } from '../../src/node';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';

const held = useGpu();

/** A runtime whose driver refuses buffers over `most` bytes; `asked` are the sizes it was asked for. */
function cramped(runtime: Runtime, most: number): { runtime: Runtime; asked: number[] } {
  const asked: number[] = [];
  let refused = false;
  const device = new Proxy(runtime.device, {
    get(target, name) {
      if (name === 'createBuffer')
        return (descriptor: GPUBufferDescriptor) => {
          asked.push(descriptor.size);
          refused ||= descriptor.size > most;
          return target.createBuffer({ ...descriptor, size: Math.min(descriptor.size, 256) });
        };
      if (name === 'popErrorScope')
        return async () => {
          const error = await target.popErrorScope();
          const answer = refused ? { message: 'no room' } : error;
          refused = false;
          return answer;
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { runtime: Object.create(runtime, { device: { value: device } }) as Runtime, asked };
}

describe('the kernels that are measured', () => {
  test.each([false, true])('peak_fma does the steps that are counted (WIDE: %s)', async (wide) => {
    const { runtime } = held.gpu;
    const out = runtime.acquire(64 * 4, 'out');
    const [a, b, rounds] = [0.9, 3, 1];
    const kernel = { name: 'fma', source: fmaSource };
    const constants = { WIDE: Number(wide) };
    runtime.dispatch({ kernel, constants, buffers: [out], uniforms: { rounds, a, b }, groups: 1 });
    const values = new Float32Array(await runtime.read(out, 64 * 4));
    runtime.pool.release(out);
    // n steps of x·a + b are x·aⁿ + b·(1 − aⁿ)/(1 − a): 8 steps a round, in four components of each chain.
    const power = a ** (8 * rounds);
    const stepped = (x: number) => x * power + (b * (1 - power)) / (1 - a);
    const expected = (t: number) =>
      4 * (stepped(t) + stepped(t + 1) + (wide ? stepped(t + 2) + stepped(t + 3) : 2 * t + 5));
    for (const t of [0, 1, 63]) expect(values[t]).toBeCloseTo(expected(t), 2);
  });

  test.each([false, true])('peak_copy copies every vec4 once (FOUR: %s)', async (four) => {
    const { gpu } = held;
    const { runtime } = gpu;
    const count = 256 * 4 * 4 * 3;
    const x = Float32Array.from({ length: count }, (_, i) => i + 1);
    const [from, to] = [runtime.acquire(count * 4, 'x'), runtime.acquire(count * 4, 'out')];
    runtime.write(from, x, false);
    const threads = count / 4 / (four ? 4 : 1);
    const kernel = { name: 'copy', source: copySource };
    const constants = { FOUR: Number(four) };
    runtime.dispatch({
      kernel,
      constants,
      buffers: [to, from],
      uniforms: { threads },
      groups: threads / 256,
    });
    expect(new Float32Array(await runtime.read(to, count * 4))).toEqual(x);
    for (const buffer of [from, to]) runtime.pool.release(buffer);
  });
});

describe('measurePeaks', () => {
  test('gives figures that the processor could reach, measures once, and leaves the pool as it was', async () => {
    using gpu = await openGpu(); // measured by no other test yet
    const { runtime } = gpu;
    const before = await settledMemory(gpu);
    const measuring = measurePeaks(runtime);
    expect(measurePeaks(runtime)).toBe(measuring);
    const { flopsPerSecond, bytesPerSecond } = await measuring;
    expect(gpu.memory()).toEqual(before);
    const { dispatches } = runtime.recorder;
    expect(await measurePeaks(runtime)).toEqual({ flopsPerSecond, bytesPerSecond });
    expect(runtime.recorder.dispatches).toBe(dispatches);
    expect(flopsPerSecond).toBeGreaterThan(1e8);
    expect(bytesPerSecond).toBeGreaterThan(1e7);
    const { software } = runtime.facts;
    // Two multiply-add units of 16 lanes a core at 6 GHz, and more memory channels than any server has.
    expect(flopsPerSecond).toBeLessThan(software ? cpus().length * 2 * 16 * 2 * 6e9 : 1e15);
    expect(bytesPerSecond).toBeLessThan(software ? 2e12 : 1e14);
  });

  test('halves its buffers until the driver has room', async () => {
    const { runtime, asked } = cramped(held.gpu.runtime, 4 << 20);
    await measurePeaks(runtime).catch(() => undefined);
    const copies = asked.slice(1);
    expect(copies[0]).toBeGreaterThanOrEqual(64 << 20);
    copies.forEach((size, i) => {
      expect(size).toBe(copies[0] / 2 ** Math.floor(i / 2));
    });
    expect(copies.at(-1)).toBe(4 << 20);
  });

  test('throws GpuOutOfMemoryError where there is no room at all, and tries again when asked again', async () => {
    const { runtime, asked } = cramped(held.gpu.runtime, 0);
    await expect(measurePeaks(runtime)).rejects.toThrow(GpuOutOfMemoryError);
    const tries = asked.length;
    await expect(measurePeaks(runtime)).rejects.toThrow('measuring the peaks needs');
    expect(asked.length).toBeGreaterThan(tries);
  });
});
