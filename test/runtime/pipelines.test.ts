import { beforeAll, expect, test, vi } from 'vitest';
import { ShaderCompileError } from '../../runtime/errors';
import type { WaitWatch } from '../../runtime/host';
import type { Kernel } from '../../runtime/kernel';
import { PipelineCache } from '../../runtime/pipelines';
import { expandImports } from '../../runtime/wgsl/imports';
import { fillRegions } from '../../runtime/wgsl/regions';
import { backward } from '../../src/autograd/backward';
import { openGpu } from '../../src/node';
import { matmul, mean, relu } from '../../src/ops/table';
import { Adam } from '../../src/optim/adam';
import type { Gpu } from '../../src/tensor/gpu';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const broken: Kernel = {
  name: 'broken',
  source: `struct Params { count: u32 } @group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.count) { return; }
  out[id.x] = missing(2.0);
}`,
};
const runBroken = () => {
  const out = gpu.empty([4]);
  gpu.kernels.run(broken, { outputs: [out], inputs: [], uniforms: { count: 4 }, groups: 1 });
  return out;
};

test('a shader that does not compile fails the next read with its message and numbered source lines', async () => {
  const error: unknown = await runBroken()
    .data()
    .catch((thrown) => thrown);
  expect(error).toBeInstanceOf(ShaderCompileError);
  const { message } = error as ShaderCompileError;
  expect(message).toMatch(/^kernel broken does not compile:\n6:\d+ .*missing/);
  expect(message).toContain('\n    5 |   if (id.x >= params.count) { return; }');
  expect(message).toContain('\n    6 |   out[id.x] = missing(2.0);');
  expect([...(await gpu.ones([2]).data())]).toEqual([1, 1]);
});

test('it fails again when it is used again', async () => {
  await expect(runBroken().data()).rejects.toThrow(ShaderCompileError);
});

test('warmUp throws the same error', async () => {
  await expect(gpu.warmUp(runBroken)).rejects.toThrow(/kernel broken does not compile:\n6:/);
});

test('warmUp passes an exception of its function on, and lets the compiles it began end quietly', async () => {
  const failing = gpu.warmUp(() => {
    runBroken();
    throw new Error('on purpose');
  });
  await expect(failing).rejects.toThrow('on purpose');
  await gpu.runtime.idle();
});

test('warmUp compiles each pipeline once, in parallel, and the step that follows compiles nothing', async () => {
  const own = await openGpu();
  const { device } = own.runtime;
  const later = vi.spyOn(device, 'createComputePipelineAsync');
  const now = vi.spyOn(device, 'createComputePipeline');
  const w = own.randn([6, 5], { seed: 1, requiresGrad: true });
  const x = own.randn([4, 6], { seed: 2 });
  const adam = new Adam(new Map([['w', w]]));
  now.mockClear();
  const step = () => {
    own.scope(() => {
      backward(mean(relu(relu(matmul(x, w)))));
    });
    adam.step();
  };
  const warming = own.warmUp(step);
  const started = later.mock.calls.length;
  await warming;
  expect(later.mock.calls.length).toBe(started); // all were under way before the first was awaited
  const labels = later.mock.calls.map(([{ label }]) => label);
  expect(labels.length).toBeGreaterThan(2);
  expect(new Set(labels).size).toBe(labels.length);
  await own.warmUp(step);
  expect(adam.state().steps).toBe(0);
  step();
  expect(adam.state().steps).toBe(1);
  expect(await w.grad?.data()).toBeDefined();
  expect(later.mock.calls.length).toBe(started);
  expect(now).not.toHaveBeenCalled();
  own.dispose();
});

test('warmUp computes nothing: tensors, gradients, memory and the generator stay as they were', async () => {
  const w = gpu.tensor([1, -2, 3], [3], { requiresGrad: true });
  const { recorder } = gpu.runtime;
  const { tensors, bytesInUse } = await settledMemory(gpu);
  gpu.manualSeed(5);
  const before = recorder.dispatches;
  await gpu.warmUp(() => {
    w.write([9, 9, 9]);
    gpu.rand([3]);
    backward(mean(relu(w)));
  });
  expect(recorder.dispatches).toBe(before);
  expect(w.grad).toBeNull();
  expect(gpu.memory()).toMatchObject({ tensors, bytesInUse });
  expect([...(await w.data())]).toEqual([1, -2, 3]);
  const next = await gpu.rand([3]).data();
  gpu.manualSeed(5);
  expect(next).toEqual(await gpu.rand([3]).data());
});

test('a region that a template lacks, and an unknown snippet, are named', () => {
  expect(() => fillRegions('fn main() {}', { body: '' })).toThrow("shader template has no region 'body'");
  expect(() => expandImports('//#import nothing')).toThrow("shader imports unknown snippet 'nothing'");
  expect(fillRegions('a\n//#begin x\nold\n//#end\nb', { x: 'new' })).toBe('a\nnew\n\nb');
});

/** How many pipelines JavaScript is told that it waits for, and how many there were at most. */
function countedWaits(): WaitWatch & { now: number; most: number } {
  return {
    now: 0,
    most: 0,
    began() {
      this.now += 1;
      this.most = Math.max(this.most, this.now);
    },
    ended() {
      this.now -= 1;
    },
  };
}

test('the host knows how many pipelines compile off the main thread, those among them that fail', async () => {
  const waits = countedWaits();
  const { device } = gpu.runtime;
  const cache = new PipelineCache(device, { waits });
  const fine = { name: 'fine', source: broken.source.replace('missing(2.0)', '2.0') };
  device.pushErrorScope('validation');
  const all = Promise.allSettled([cache.warm(fine), cache.warm(fine), cache.warm(broken)]);
  const refusal = device.popErrorScope();
  expect(waits).toMatchObject({ now: 2, most: 2 });
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(waits).toMatchObject({ now: 0, most: 2 });
  expect((await refusal)?.message).toContain("unresolved call target 'missing'");
});
