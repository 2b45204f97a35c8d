import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AliasError, GpuValidationError, ShaderCompileError } from '../../runtime/errors';
import type { Kernel } from '../../runtime/kernel';
import { openGpu } from '../../src/node';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';

let gpu: Gpu;

const text = (bindings: string, value: string) => `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
${bindings}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.count) { return; }
  out[id.x] = ${value};
}`;
/** Kernels that the device refuses, each for a reason of its own. New ones, since a pipeline is tried once only. */
const REFUSED: readonly [what: string, make: () => Kernel, error: typeof Error][] = [
  [
    'does not compile',
    () => ({ name: 'broken', source: text('', 'missing(x[id.x])') }),
    ShaderCompileError as unknown as typeof Error,
  ],
  [
    'has a binding that nothing is bound to',
    () => ({
      name: 'unbound',
      source: text('@group(0) @binding(3) var<storage, read> y: array<f32>;', 'x[id.x] + y[id.x]'),
    }),
    GpuValidationError as unknown as typeof Error,
  ],
];
const plus = (x: Tensor, value: number) =>
  gpu.kernels.elementwise('x + value', { x }, { scalars: { value } });
const now = (x: Tensor): Tensor => {
  void x.buffer; // dispatched here, and not when it is read
  return x;
};
const runInto = (kernel: Kernel, out: Tensor, x: Tensor): Tensor => {
  gpu.kernels.run(kernel, { outputs: [out], inputs: [x], uniforms: { count: out.size }, groups: 1 });
  return out;
};
const valuesOf = async (x: Tensor) => [...(await x.data())];

describe.each(['auto', 'swiftshader'] as const)('on the adapter %s', (adapter) => {
  beforeAll(async () => {
    gpu = await openGpu({ adapter });
  });
  afterAll(() => gpu.dispose());

  describe.each(REFUSED)('a kernel that %s', (_, make, error) => {
    test.each([0, 1, 60, 126, 127, 128, 200])(
      'planted after %i dispatches is left out alone, and so is what follows from it',
      async (at) => {
        const kernel = make();
        const x = gpu.tensor([1, 2, 3], [3]);
        const results: Tensor[] = [];
        let bad: Tensor | undefined;
        let chain = x;
        for (let i = 0; i < 230; i++) {
          if (i === at) bad = runInto(kernel, gpu.empty([3]), x);
          chain = now(plus(chain, 1));
          results.push(chain);
        }
        const derived = now(plus(now(plus(bad as Tensor, 1)), 2));
        const after = now(plus(chain, 0.5));
        const reads = await Promise.allSettled([...results, after].map(valuesOf));
        expect(reads).toEqual(
          [...results.map((_, i) => i + 1), 230.5].map((by) => ({
            status: 'fulfilled',
            value: [1 + by, 2 + by, 3 + by],
          })),
        );
        for (const lost of [bad as Tensor, derived]) await expect(lost.data()).rejects.toThrow(error);
      },
    );

    test('that changes a tensor in place leaves it unreadable until it is written anew', async () => {
      const [w, other] = [gpu.tensor([1, 2], [2]), gpu.tensor([5, 6], [2])];
      const sum = now(plus(w, 10)); // from before
      runInto(make(), w, other);
      const product = now(plus(w, 20));
      expect(await valuesOf(sum)).toEqual([11, 12]);
      for (let i = 0; i < 2; i++) await expect(w.data()).rejects.toThrow(error);
      await expect(product.data()).rejects.toThrow(error);
      expect(() => now(plus(w, 1))).toThrow(error);
      expect(await valuesOf(other)).toEqual([5, 6]);
      w.write([3, 4]);
      expect(await valuesOf(plus(w, 1))).toEqual([4, 5]);
    });

    test('a tensor written after it is whole, and one freed and made again is', async () => {
      const w = gpu.tensor([1, 2], [2]);
      const gone = runInto(make(), gpu.empty([2]), w);
      runInto(make(), w, gpu.ones([2]));
      w.write([7, 8]);
      const next = now(plus(w, 1));
      gone.dispose();
      const fresh = Array.from({ length: 20 }, (_, i) => gpu.tensor([i, i], [2]));
      expect(await valuesOf(next)).toEqual([8, 9]);
      for (const [i, one] of fresh.entries()) expect(await valuesOf(one)).toEqual([i, i]);
    });

    test('a read that was asked for before the tensor was freed tells all the same', async () => {
      const bad = runInto(make(), gpu.empty([2]), gpu.ones([2]));
      const reading = bad.data();
      bad.dispose();
      await expect(reading).rejects.toThrow(error);
    });

    test('does not fail a wait for work that it has no part in', async () => {
      runInto(make(), gpu.empty([2]), gpu.ones([2]));
      await gpu.pace();
      await gpu.runtime.idle();
      expect(await valuesOf(gpu.ones([2]))).toEqual([1, 1]);
    });

    test('in a captured step makes its replays throw, and leaves other tensors as they were', async () => {
      const kernel = make();
      const [out, x] = [gpu.empty([2]), gpu.tensor([1, 2], [2])];
      const step = gpu.capture(() => {
        runInto(kernel, out, x);
        return plus(x, 1);
      });
      step.replay();
      step.replay();
      const innocent = now(plus(x, 5));
      expect(await valuesOf(innocent)).toEqual([6, 7]);
      expect(() => step.replay()).toThrow(error);
      expect(await valuesOf(plus(x, 2))).toEqual([3, 4]);
      step.dispose();
    });
  });

  test('a kernel that is valid is tried once, and shares batches from then on', async () => {
    const { queue } = gpu.runtime.device;
    const kernel = { name: 'fine', source: text('', 'x[id.x] * 2.0') };
    const [out, x] = [gpu.empty([2]), gpu.tensor([1, 2], [2])];
    expect(await valuesOf(runInto(kernel, out, x))).toEqual([2, 4]);
    const submit = queue.submit.bind(queue);
    let calls = 0;
    queue.submit = (buffers) => {
      calls += 1;
      submit(buffers);
      return undefined;
    };
    for (let i = 0; i < 50; i++) runInto(kernel, out, x);
    await gpu.runtime.idle();
    queue.submit = submit;
    expect(calls).toBe(1);
  });

  test('a tensor that a kernel writes and is given in another place too is refused at the call', async () => {
    const x = gpu.ones([4]);
    expect(() => runInto({ name: 'alias', source: text('', 'x[id.x]') }, x, x)).toThrow(AliasError);
    expect(await valuesOf(x)).toEqual([1, 1, 1, 1]);
  });

  test('a large buffer that the driver refuses takes nothing along but what uses it', async () => {
    const { device } = gpu.runtime;
    const [w, x] = [gpu.tensor([1, 2], [2]), gpu.tensor([3, 4], [2])];
    const before = now(plus(w, 1));
    const popErrorScope = device.popErrorScope.bind(device);
    device.popErrorScope = async () => {
      device.popErrorScope = popErrorScope;
      await popErrorScope();
      return { message: 'vkAllocateMemory failed' } as GPUError;
    };
    const refused = gpu.empty([5 << 20]);
    gpu.kernels.fill(refused, 1);
    const sameBatch = now(plus(x, 1)); // a real driver would leave it out too
    const sum = now(gpu.kernels.reduce('sum', refused, [0]));
    for (const lost of [refused, sum, sameBatch])
      await expect(lost.data()).rejects.toThrow(/the driver refused it/);
    expect(await valuesOf(before)).toEqual([2, 3]);
    expect(await valuesOf(plus(x, 1))).toEqual([4, 5]);
    refused.dispose();
    expect(await valuesOf(gpu.full([2], 7))).toEqual([7, 7]);
  });

  test('after a command of unknown effect was refused every read tells, and none gives wrong values', async () => {
    const own = await openGpu({ adapter });
    const x = own.ones([2]);
    own.runtime.device.createBuffer({ size: 4, usage: 0 });
    await own.runtime.idle().catch(() => undefined);
    for (let i = 0; i < 2; i++) {
      const outcome = await (async () => x.data())().catch((error: unknown) => error);
      expect(outcome).toBeInstanceOf(GpuValidationError);
      expect(String(outcome)).toContain('open a new GPU');
    }
    own.dispose();
  });
});
