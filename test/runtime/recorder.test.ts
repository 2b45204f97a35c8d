import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GpuLimitError } from '../../runtime/errors';
import { BATCH, foldGroups } from '../../runtime/recorder';
import { UniformArena } from '../../runtime/uniforms';
import { paramsOf } from '../../runtime/wgsl/params';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});
beforeEach(() => gpu.runtime.idle());

const plusOne = (x: Tensor) => gpu.kernels.elementwise('old + 1.0', {}, { into: x });

describe('folding of workgroups', () => {
  test('covers every group, wastes less than a row, and stays within both dimensions', () => {
    for (const groups of [1, 65_535, 65_536, 65_537, 131_070, 131_071, 1_000_003, 4_294_836_225]) {
      const [x, y] = foldGroups(groups, 65_535);
      expect(x).toBeLessThanOrEqual(65_535);
      expect(y).toBeLessThanOrEqual(65_535);
      expect(x * y).toBeGreaterThanOrEqual(groups);
      expect(x * y - groups).toBeLessThan(y);
    }
  });

  test('more than both dimensions hold throws GpuLimitError', () => {
    expect(() => foldGroups(65_535 ** 2 + 1, 65_535)).toThrow(GpuLimitError);
  });

  test('an elementwise op over more than 65,535 groups reaches every element', async () => {
    const rows = 65_540;
    const x = gpu.full([rows, 256], 3);
    const last = gpu.arange(256);
    const sums = gpu.kernels.elementwise('x * x + last', { x, last });
    const firsts = gpu.kernels.reduce('sum', sums, [1]);
    const expected = 256 * 9 + (255 * 256) / 2;
    expect((await firsts.data()).every((value) => value === expected)).toBe(true);
    const doubled = gpu.kernels.elementwise('x + x', { x });
    const totals = await gpu.kernels.reduce('sum', doubled, [1]).data();
    expect(totals.every((value) => value === 6 * 256)).toBe(true);
    for (const tensor of [x, sums, firsts, doubled]) tensor.dispose();
    gpu.runtime.recorder.submit();
    gpu.runtime.pool.trim();
  });
});

describe('batches', () => {
  test('dispatches are submitted together, and all of them at a readback', async () => {
    const { recorder } = gpu.runtime;
    const x = gpu.zeros([5]);
    await gpu.runtime.idle();
    const before = recorder.submits;
    for (let i = 0; i < BATCH - 1; i++) plusOne(x);
    expect(recorder.submits - before).toBe(0);
    plusOne(x);
    expect(recorder.submits - before).toBe(1);
    plusOne(x);
    expect(await x.data()).toEqual(new Float32Array(5).fill(BATCH + 1));
    expect(recorder.submits - before).toBe(2);
  });

  test('tensor.write does not overtake the dispatches recorded before it', async () => {
    const x = gpu.tensor([1, 2, 3], [3]);
    const before = gpu.kernels.elementwise('10.0 * x', { x });
    x.write([7, 8, 9]);
    const after = gpu.kernels.elementwise('10.0 * x', { x });
    expect([...(await before.data())]).toEqual([10, 20, 30]);
    expect([...(await after.data())]).toEqual([70, 80, 90]);
  });

  test('a new tensor in a recycled buffer does not overtake the dispatches that read the old one', async () => {
    const results: Tensor[] = [];
    for (let i = 0; i < 50; i++) {
      const x = gpu.tensor([i, i], [2]);
      results.push(gpu.kernels.elementwise('x + 0.5', { x }));
      x.dispose();
    }
    const values = await Promise.all(results.map((result) => result.data()));
    expect(values.map(([value]) => value)).toEqual(values.map((_, i) => i + 0.5));
  });

  test('pace() leaves at most two batches under way', async () => {
    const { recorder } = gpu.runtime;
    const { queue } = gpu.runtime.device;
    let finished = 0;
    const original = queue.onSubmittedWorkDone.bind(queue);
    queue.onSubmittedWorkDone = async () => {
      await original();
      finished += 1;
      return undefined;
    };
    const x = gpu.zeros([1000]);
    const before = recorder.submits;
    for (let step = 0; step < 12; step++) {
      for (let i = 0; i < 20; i++) plusOne(x);
      await gpu.pace();
      expect(recorder.submits - before - finished).toBeLessThanOrEqual(2);
    }
    expect(recorder.submits - before).toBe(12);
    queue.onSubmittedWorkDone = original;
    expect((await x.data())[999]).toBe(240);
  });

  test('a dispatch that is refused does not spoil the batch', async () => {
    const x = gpu.zeros([3]);
    plusOne(x);
    const kernel = {
      name: 'greedy',
      source: `struct Params { all: array<vec4<u32>, 17> }
@group(0) @binding(0) var<uniform> params: Params;
@compute @workgroup_size(1) fn main() { _ = params.all[0]; }`,
    };
    const uniforms = { all: new Array<number>(68).fill(0) };
    const refused = () => gpu.kernels.run(kernel, { outputs: [x], inputs: [], uniforms, groups: 1 });
    expect(refused).toThrow(/kernel greedy: its uniform block has 272 bytes, at most 256/);
    const many = () =>
      gpu.kernels.run(kernel, { outputs: [x], inputs: [], uniforms: {}, groups: 65_535 ** 2 + 1 });
    for (let i = 0; i < 2 * BATCH; i++) expect(many).toThrow(GpuLimitError);
    plusOne(x);
    expect([...(await x.data())]).toEqual([2, 2, 2]);
  });
});

test('uniform blocks lie at aligned offsets and hold integers and floats side by side', () => {
  const written: ArrayBuffer[] = [];
  const device = {
    limits: { minUniformBufferOffsetAlignment: 64 },
    createBuffer: () => ({}),
    queue: {
      writeBuffer: (_: unknown, __: number, data: Uint32Array, start: number, length: number) =>
        written.push(data.slice(start, start + length).buffer as ArrayBuffer),
    },
  };
  const arena = new UniformArena(device as unknown as GPUDevice, 4, 256);
  const bound = (struct: string) => paramsOf(`${struct} @group(0) @binding(0) var<uniform> params: Params;`);
  const mixed = bound('struct Params { a: u32, b: f32, c: i32 }');
  expect(arena.stage(mixed, { a: 7, b: 0.5, c: -1 })).toEqual({ offset: 0, size: 16 });
  const five = bound('struct Params { first: vec4<u32>, second: u32 }');
  expect(arena.stage(five, { first: [1, 2, 3, 4], second: 5 })).toEqual({ offset: 64, size: 32 });
  arena.upload();
  expect([...new Int32Array(written[0], 0, 3)]).toEqual([7, 0x3f000000, -1]);
  expect([...new Int32Array(written[0], 64, 5)]).toEqual([1, 2, 3, 4, 5]);
});
