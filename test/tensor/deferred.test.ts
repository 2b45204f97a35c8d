import { beforeAll, describe, expect, test } from 'vitest';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const compute = (wgsl: string, operands: Record<string, Tensor>, scalars?: Record<string, number>) =>
  gpu.kernels.elementwise(wgsl, operands, { scalars });

/** Dispatches made by `work`. */
function dispatchesOf(work: () => void): number {
  const { recorder } = gpu.runtime;
  const before = recorder.dispatches;
  work();
  return recorder.dispatches - before;
}

const values = (count: number, factor: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.fround(Math.sin(i * factor) * 3));

describe('elementwise results wait to be read', () => {
  test('a chain is one dispatch, made by whoever reads its end, and none is made for what nobody reads', async () => {
    const [xs, ys] = [values(1003, 0.7), values(1003, 1.3)];
    const [x, y] = [gpu.tensor(xs, [17, 59]), gpu.tensor(ys, [17, 59])];
    let end: Tensor | undefined;
    const made = dispatchesOf(() => {
      const sum = compute('a + b', { a: x, b: y });
      const scaled = compute('s * k', { s: sum }, { k: 2.5 });
      end = compute('max(v, w) * k', { v: scaled, w: y }, { k: 0.5 });
      void compute('-s', { s: sum });
    });
    expect(made).toBe(0);
    expect(dispatchesOf(() => void end?.buffer)).toBe(1);
    expect(dispatchesOf(() => void end?.buffer)).toBe(0);
    const expected = Array.from(xs, (a, i) => Math.max((a + ys[i]) * 2.5, ys[i]) * 0.5);
    const got = await (end as Tensor).data();
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i], 4);
  });

  test('parts are computed when they are read themselves, after the whole too', async () => {
    const x = gpu.tensor([1, 2, 3], [3]);
    const square = compute('x * x', { x });
    const quartic = compute('a * b', { a: square, b: square });
    expect([...(await quartic.data())]).toEqual([1, 16, 81]);
    expect([...(await square.data())]).toEqual([1, 4, 9]);
  });

  test('operands may be freed before', async () => {
    const { tensors, bytesInUse } = await settledMemory(gpu);
    const x = gpu.tensor([1, 2, 3], [3]);
    const double = compute('2.0 * x', { x });
    const one = compute('d + 1.0', { d: double });
    x.dispose();
    double.dispose();
    expect(gpu.memory().tensors).toBe(tensors + 1);
    expect([...(await one.data())]).toEqual([3, 5, 7]);
    one.dispose();
    expect(gpu.memory()).toMatchObject({ tensors, bytesInUse });
  });

  test('what is freed unread is never computed, and gives back what it held', async () => {
    const { tensors, bytesInUse } = await settledMemory(gpu);
    const made = dispatchesOf(() =>
      gpu.scope(() => {
        const x = gpu.empty([300]);
        void compute('-y', { y: compute('x * x', { x }) });
      }),
    );
    expect(made).toBe(0);
    expect(gpu.memory()).toMatchObject({ tensors, bytesInUse });
  });

  test('an operand that is freed cannot be named any more', () => {
    const x = gpu.tensor([1], [1]);
    x.dispose();
    expect(() => compute('-x', { x })).toThrow(/was freed/);
  });

  test('operands that change in place are read as they were', async () => {
    const x = gpu.tensor([1, 2], [2]);
    const negative = compute('-x', { x });
    const shifted = compute('n - 1.0', { n: negative });
    x.write([10, 20]);
    expect([...(await shifted.data())]).toEqual([-2, -3]);
    const again = compute('-x', { x });
    gpu.kernels.fill(x, 7);
    expect([...(await again.data())]).toEqual([-10, -20]);
    const product = compute('x * k', { x }, { k: 3 });
    gpu.kernels.elementwise('old + p', { p: product }, { into: x });
    expect([...(await product.data())]).toEqual([21, 21]);
    expect([...(await x.data())]).toEqual([28, 28]);
  });

  test('a result of another shape of the same elements takes part', async () => {
    const x = gpu.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    const seen = compute('x + 1.0', { x }).view([6]);
    let out: Tensor | undefined;
    const made = dispatchesOf(() => {
      out = compute('2.0 * s', { s: seen });
      void out.buffer;
    });
    expect(made).toBe(1);
    expect([...(await (out as Tensor).data())]).toEqual([4, 6, 8, 10, 12, 14]);
  });

  test('chains longer than a kernel holds, and of more tensors, are computed in several', async () => {
    const terms = Array.from({ length: 40 }, (_, i) => gpu.tensor([i, 2 * i], [2]));
    const sum = terms.reduce((a, b) => compute('a + b', { a, b }));
    expect([...(await sum.data())]).toEqual([780, 1560]);
    let deep = gpu.tensor([0], [1]);
    const made = dispatchesOf(() => {
      for (let i = 0; i < 50; i++) deep = compute('d + k', { d: deep }, { k: i });
    });
    expect(made).toBeLessThan(10);
    expect([...(await deep.data())]).toEqual([1225]);
  });

  test('other kernels read them computed', async () => {
    const x = gpu.tensor([1, 2, 3, 4], [1, 1, 2, 2]);
    const weight = compute('x * 0.0 + 1.0', { x: gpu.ones([1, 1, 1, 1]) });
    const y = conv2d(compute('x * x', { x }), weight);
    expect([...(await y.data())]).toEqual([1, 4, 9, 16]);
  });
});

describe('operands of one element a channel', () => {
  test.each([
    [[2, 3, 4, 8], 'all of a thread in one plane'],
    [[3, 5, 4, 5], 'planes of 20'],
    [[2, 4, 7, 7], 'planes of odd size'],
    [[1, 6, 2, 2], 'one sample, the least plane'],
    [[5, 3, 1, 1], 'planes of one, broadcast'],
    [[4, 2, 3, 1], 'planes of three, broadcast'],
  ])('%j: %s', async (shape) => {
    const [, channels, height, width] = shape;
    const count = shape.reduce((a, b) => a * b);
    const [xs, shift, factor] = [values(count, 0.9), values(channels, 1.1), values(channels, 0.3)];
    const wide = (data: Float32Array<ArrayBuffer>) => gpu.tensor(data, [channels, 1, 1]);
    const x = gpu.tensor(xs, shape);
    const moved = compute('x - s', { x, s: wide(shift) });
    const result = compute('max(m * f, 0.0) + x', { m: moved, f: wide(factor), x });
    const got = await result.data();
    for (const [i, value] of got.entries()) {
      const c = Math.floor(i / (height * width)) % channels;
      expect(value).toBeCloseTo(Math.max((xs[i] - shift[c]) * factor[c], 0) + xs[i], 4);
    }
  });

  test('of two kinds of planes are not mixed in one kernel', async () => {
    const x = gpu.tensor(values(64, 0.5), [2, 2, 4, 4]);
    const rows = gpu.tensor([1, 2, 3, 4], [4, 1]);
    const first = compute('x + c', { x, c: gpu.tensor([10, 20], [2, 1, 1]) });
    const both = compute('f * r', { f: first, r: rows });
    const got = await both.data();
    const xs = await x.data();
    for (const [i, value] of got.entries()) {
      const [c, row] = [Math.floor(i / 16) % 2, Math.floor(i / 4) % 4];
      expect(value).toBeCloseTo((xs[i] + [10, 20][c]) * (row + 1), 3);
    }
  });
});

describe('what is put off and what is captured', () => {
  test('a captured step computes what it returns, and leaves what was put off before to its own time', async () => {
    const x = gpu.tensor([1, 2], [2]);
    const before = compute('x * 10.0', { x });
    using step = gpu.capture(() => compute('b + x', { b: before, x }));
    for (const value of [1, 2, 3]) {
      x.write([value, value]);
      const result = step.replay();
      expect([...(await result.data())]).toEqual([10 + value, 20 + value]);
      result.dispose();
    }
  });

  test('what reads a tensor that a replay changes is computed before it does', async () => {
    const total = gpu.tensor([0], [1]);
    using step = gpu.capture(() => {
      gpu.kernels.elementwise('old + 1.0', {}, { into: total });
    });
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      const twice = compute('2.0 * t', { t: total });
      step.replay();
      seen.push(await twice.item());
    }
    expect(seen).toEqual([0, 2, 4, 6]);
  });

  test('a profile has what nobody read, under the tags of the call', async () => {
    const x = gpu.ones([64]);
    const profile = await gpu.profile(() => {
      void compute('x * 3.0', { x });
    });
    expect(profile.kernels.map(({ kernel }) => kernel)).toEqual(['elementwise(x * 3.0)']);
  });
});
