import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { chromeTrace } from '../../runtime/chrome-trace';
import type { Kernel } from '../../runtime/kernel';
import type { KernelCalls, Profile } from '../../runtime/profile';
import { isProfiling } from '../../runtime/tags';
import { backward } from '../../src/autograd/backward';
import { diagonal } from '../../src/fisher/diagonal';
import { Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { openGpu } from '../../src/node';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { matmul } from '../../src/ops/matmul/matmul';
import { Adam } from '../../src/optim/adam';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';
import { openPoorer } from './poorer';
import { traceFaults } from './trace-rules';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

/** A small network with two training steps and a Fisher pass. */
function makeWork(on: Gpu) {
  const net = new Sequential(
    new Conv2d(on, 1, 4, 3, { padding: 1 }),
    new ReLU(),
    new Flatten(),
    new Linear(on, 4 * 64, 5),
  );
  const adam = new Adam(net.parameters());
  const inputs = on.randn([6, 1, 8, 8], { seed: 1 });
  const labels = on.tensor(Int32Array.of(0, 1, 2, 3, 4, 0), [6]);
  const step = () =>
    on.scope(() => {
      backward(crossEntropy(net.forward(inputs), labels));
      adam.step();
      adam.zeroGrad();
    });
  return {
    net,
    work: async () => {
      step();
      step();
      await diagonal(net, [{ inputs, labels }]);
    },
  };
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('a profile', () => {
  let profile: Profile;
  beforeAll(async () => {
    const { work } = makeWork(gpu);
    await work();
    profile = await gpu.profile(work);
  });

  test('times every dispatch, and the kernels together took no longer than the wall clock', () => {
    expect(profile.source).toBe('timestamp-query');
    expect(profile.dispatches).toBeGreaterThan(30);
    expect(sum(profile.kernels.map(({ calls }) => calls))).toBe(profile.dispatches);
    expect(profile.gpu.length).toBe(profile.dispatches);
    expect(profile.gpuSeconds).toBeCloseTo(sum(profile.kernels.map(({ seconds }) => seconds)), 12);
    expect(profile.gpuSeconds).toBeGreaterThan(0);
    expect(profile.gpuSeconds).toBeLessThanOrEqual(profile.wallSeconds);
    for (const { calls, seconds, shortest, longest } of profile.kernels) {
      expect(shortest * calls).toBeLessThanOrEqual(seconds * 1.000001);
      expect(longest * calls).toBeGreaterThanOrEqual(seconds * 0.999999);
    }
  });

  test('lists the kernels with the longest first, and its spans point at them', () => {
    const seconds = profile.kernels.map((kernel) => kernel.seconds);
    expect(seconds).toEqual([...seconds].sort((a, b) => b - a));
    profile.kernels.forEach((kernel, i) => {
      const own = profile.gpu.filter(({ calls }) => calls === i);
      expect(own.length).toBe(kernel.calls);
      expect(sum(own.map(({ start, end }) => end - start))).toBeCloseTo(kernel.seconds, 5);
    });
  });

  test('tags each call with op, layer and phase', () => {
    const found = new Set(profile.kernels.map(({ phase, op, layer }) => [phase, op, layer].join('|')));
    const conv = ['forward', 'backward', 'fisher'].map((phase) => `${phase}|conv2d|0`);
    const linear = ['forward', 'backward', 'fisher'].map((phase) => `${phase}|linear|3`);
    const relu = ['backward', 'fisher'].map((phase) => `${phase}|relu|0`); // forward is the convolution's epilogue
    const loss = ['forward', 'backward'].map((phase) => `${phase}|crossEntropy|`);
    for (const tags of [...conv, ...linear, ...relu, ...loss]) expect(found).toContain(tags);
    const updated = [...found].filter((tags) => tags.startsWith('optimiser|Adam|')).sort();
    expect(updated[0]).toContain('0.weight');
    expect(updated.at(-1)).toMatch(/3\.bias$/);
    const known = /^(forward|backward|fisher)\|(conv2d|linear|relu|crossEntropy|)\||^optimiser\|Adam\|/;
    for (const tags of found) expect(tags).toMatch(known);
  });

  test('counts each of two equal steps: the optimiser once a step for all the parameters that it takes at once', () => {
    const updates = profile.kernels.filter(({ phase }) => phase === 'optimiser');
    const bound = Math.floor(gpu.runtime.device.limits.maxStorageBuffersPerShaderStage / 4);
    const atOnce = { gpu: bound, lavapipe: 2, swiftshader: 1 }[gpu.adapter.kind];
    expect(sum(updates.map(({ calls }) => calls))).toBe(2 * Math.ceil(4 / atOnce));
    const forward = profile.kernels.filter(
      ({ phase, op, layer }) => phase === 'forward' && op === 'conv2d' && layer === '0',
    );
    expect(sum(forward.map(({ calls }) => calls))).toBe(2);
  });

  test('lays GPU spans on the clock of JavaScript: in order, after the first submit, before the end', () => {
    const slack = 2e-3; // how well the clocks can be told apart by a round trip
    const firstSubmit = Math.min(
      ...profile.cpu.filter(({ name }) => name === 'submit').map(({ start }) => start),
    );
    const ordered = [...profile.gpu].sort((a, b) => a.start - b.start);
    expect(ordered[0].start).toBeGreaterThan(firstSubmit - slack);
    expect(ordered[ordered.length - 1].end).toBeLessThan(profile.wallSeconds + slack);
    for (let i = 1; i < ordered.length; i++)
      expect(ordered[i].start).toBeGreaterThanOrEqual(ordered[i - 1].end - 1e-6);
  });

  test('as a Chrome trace has named tracks and whole spans only', () => {
    const named = z.strictObject({
      name: z.enum(['process_name', 'thread_name']),
      ph: z.literal('M'),
      pid: z.int(),
      tid: z.int(),
      args: z.strictObject({ name: z.string().min(1) }),
    });
    const complete = z.strictObject({
      name: z.string().min(1),
      cat: z.string().min(1),
      ph: z.literal('X'),
      pid: z.int(),
      tid: z.int(),
      ts: z.number(),
      dur: z.number().nonnegative(),
      args: z.record(z.string(), z.unknown()).optional(),
    });
    const schema = z.object({
      traceEvents: z.array(z.discriminatedUnion('ph', [named, complete])),
      displayTimeUnit: z.enum(['ms', 'ns']),
    });
    const text = JSON.stringify(chromeTrace(profile));
    expect(traceFaults(text)).toEqual([]);
    const { traceEvents } = schema.parse(JSON.parse(text));
    const tracks = new Set(traceEvents.map(({ pid, tid }) => `${pid}.${tid}`));
    const names = traceEvents.filter(({ name }) => name === 'thread_name');
    expect(names.length).toBe(tracks.size);
    const kernels = traceEvents.filter(({ pid, tid, ph }) => ph === 'X' && pid === 2 && tid === 2);
    expect(kernels.length).toBe(profile.dispatches);
    const convolutions = kernels.filter(({ name }) => name.startsWith('conv2d'));
    expect(convolutions).toContainEqual(expect.objectContaining({ cat: 'backward' }));
  });
});

describe('gpu.profile', () => {
  const only = ({ kernels }: Profile): KernelCalls => {
    expect(kernels.length).toBe(1);
    return kernels[0];
  };

  test('counts a product’s operations and the bytes it must move', async () => {
    const [a, b] = [gpu.ones([8, 12]), gpu.ones([12, 20])];
    const calls = only(await gpu.profile(() => matmul(a, b).dispose()));
    expect(calls.flops).toBe(2 * 8 * 12 * 20);
    expect(calls.bytes).toBe(4 * (8 * 12 + 12 * 20 + 8 * 20));
    expect(calls.shape).toBe('[8,20] ← [8,12] [12,20]');
  });

  test('times more dispatches than a set of queries has room for', async () => {
    const x = gpu.ones([4]);
    const profile = await gpu.profile(() => {
      for (let i = 0; i < 2500; i++) gpu.kernels.elementwise('old + 1.0', {}, { into: x });
    });
    expect(only(profile).calls).toBe(2500);
    expect(profile.gpu.length).toBe(2500);
    expect([...(await x.data())]).toEqual([2501, 2501, 2501, 2501]);
  });

  test('shows a heavy kernel as the heavy one', async () => {
    const kernel = (name: string, rounds: number): Kernel => ({
      name,
      source: `struct Params { first: u32 } @group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var x = f32(params.first + id.x);
  for (var i = 0u; i < ${rounds}u; i++) { x = fma(x, 0.999, 1.0); }
  out[id.x] = x;
}`,
    });
    const [light, heavy] = [kernel('light', 100), kernel('heavy', 10_000)];
    const x = gpu.empty([4096]);
    const launch = () => {
      for (const each of [light, heavy])
        gpu.kernels.run(each, { outputs: [x], inputs: [], uniforms: { first: 1 }, groups: 64 });
    };
    await gpu.profile(launch); // compiles
    const { kernels } = await gpu.profile(() => {
      for (let i = 0; i < 5; i++) launch();
    });
    expect(kernels.map((calls) => calls.kernel)).toEqual(['heavy', 'light']);
    expect(kernels[0].shortest / kernels[1].shortest).toBeGreaterThan(10);
  });

  test('leaves the results as they are, bit by bit', async () => {
    const [one, other] = [await openGpu(), await openGpu()];
    const [plain, profiled] = [makeWork(one), makeWork(other)];
    await plain.work();
    await other.profile(profiled.work);
    for (const [name, tensor] of plain.net.parameters())
      expect(await profiled.net.parameters().get(name)?.data()).toEqual(await tensor.data());
    one.dispose();
    other.dispose();
  });

  test('refuses a profile within a profile, and takes the next one after work that failed', async () => {
    await expect(gpu.profile(() => gpu.profile(() => undefined).then(() => undefined))).rejects.toThrow(
      /being taken already/,
    );
    await expect(
      gpu.profile(() => {
        throw new Error('the work broke');
      }),
    ).rejects.toThrow('the work broke');
    expect(isProfiling()).toBe(false);
    expect((await gpu.profile(() => gpu.ones([3]).dispose())).dispatches).toBe(1);
  });

  test('on an adapter without timestamps times batches by wall-clock, and says so', async () => {
    const plain = await openPoorer(['timestamp-query']);
    const { work } = makeWork(plain);
    await work();
    const profile = await plain.profile(work);
    plain.dispose();
    expect(profile.source).toBe('wall-clock');
    expect(sum(profile.kernels.map(({ calls }) => calls))).toBe(profile.dispatches);
    expect(profile.gpuSeconds).toBeGreaterThan(0);
    expect(profile.gpuSeconds).toBeLessThanOrEqual(profile.wallSeconds);
  });
});

describe('gpu.limits', () => {
  test('are positive, and a launch is shorter than a kernel of some work', async () => {
    const limits = await gpu.limits();
    expect(limits.flopsPerSecond).toBeGreaterThan(1e8);
    expect(limits.bytesPerSecond).toBeGreaterThan(1e7);
    expect(limits.launchSeconds).toBeGreaterThan(0);
    expect(limits.launchSeconds).toBeLessThan(0.01);
    expect(await gpu.limits()).toBe(limits);
  });
});
