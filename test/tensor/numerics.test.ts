import { beforeAll, describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { gelu, logSumExp, max, sigmoid, sum, tanh } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const LARGE = [-1e4, -100, -30, 0, 30, 100, 1e4];
const valuesAndSlopes = async (op: (x: Tensor) => Tensor, values: readonly number[]) => {
  const x = gpu.tensor([...values], [values.length], { requiresGrad: true });
  const y = op(x);
  const result = [...(await y.data())];
  const [slope] = grad(sum(y), [x]);
  return { result, slopes: [...(await slope.data())] };
};

describe('large inputs do not become NaN', () => {
  test('tanh is ±1 with slope 0', async () => {
    const { result, slopes } = await valuesAndSlopes(tanh, LARGE);
    expect(result).toEqual([-1, -1, -1, 0, 1, 1, 1]);
    // sech² 30
    expect(slopes).toEqual([0, 0, expect.closeTo(3.5e-26, 27), 1, expect.closeTo(3.5e-26, 27), 0, 0]);
  });

  test('sigmoid is 0 or 1 with slope 0', async () => {
    const { result, slopes } = await valuesAndSlopes(sigmoid, LARGE);
    const expected = LARGE.map((x) => 1 / (1 + Math.exp(-x)));
    const off = result.map((value, i) => Math.abs(value - expected[i]));
    const slopesOff = slopes.map((value, i) => Math.abs(value - expected[i] * (1 - expected[i])));
    expect(Math.max(...off, ...slopesOff)).toBeLessThan(1e-6);
  });

  test('gelu is 0 or x', async () => {
    const { result, slopes } = await valuesAndSlopes(gelu, LARGE);
    expect(result.map((value) => value + 0)).toEqual([0, 0, 0, 0, 30, 100, 1e4]);
    expect(slopes.every(Number.isFinite)).toBe(true);
  });

  test('logSumExp is the largest term, with the slope on it', async () => {
    const { result, slopes } = await valuesAndSlopes((x) => logSumExp(x), LARGE);
    expect(result).toEqual([1e4]);
    expect(slopes).toEqual([0, 0, 0, 0, 0, 0, 1]);
    const equal = await valuesAndSlopes((x) => logSumExp(x), [-1e4, -1e4]);
    // f32 at 1e4 steps by 1e-3, and the slope e^(x − y) takes that on, as PyTorch's does.
    expect(Math.abs(equal.result[0] - (-1e4 + Math.LN2))).toBeLessThan(1e-3);
    for (const slope of equal.slopes) expect(Math.abs(slope - 0.5)).toBeLessThan(1e-3);
  });
});

describe('NaN comes through', () => {
  // Few terms go to the serial kernel, many to the parallel one.
  for (const terms of [5, 300]) {
    test(`one NaN among ${terms} terms makes the maximum NaN, wherever it stands, and leaves other rows alone`, async () => {
      const positions = [0, 1, Math.floor(terms / 2), terms - 1];
      const data = new Float32Array((positions.length + 1) * terms).map((_, i) => Math.sin(i));
      positions.forEach((at, row) => {
        data[row * terms + at] = Number.NaN;
      });
      const rows = gpu.tensor(data, [positions.length + 1, terms]);
      const found = await max(rows, 1).data();
      expect([...found.subarray(0, positions.length)]).toEqual(positions.map(() => Number.NaN));
      expect(found[positions.length]).toBe(Math.max(...data.subarray(positions.length * terms)));
    });
  }

  test('tanh, sigmoid and gelu of NaN are NaN', async () => {
    for (const op of [tanh, sigmoid, gelu]) {
      const [first, second] = await op(gpu.tensor([Number.NaN, 0], [2])).data();
      expect([first, Number.isNaN(second)]).toEqual([Number.NaN, false]);
    }
  });

  test('a sum with a NaN is NaN', async () => {
    expect(await sum(gpu.tensor([1, Number.NaN, 3], [3])).item()).toBeNaN();
  });
});

describe('reductions', () => {
  test('more than two separate axes are reduced one after the other', async () => {
    const data = Float32Array.from({ length: 2 * 3 * 2 * 3 * 2 * 3 * 2 }, (_, i) => i % 17);
    const x = gpu.tensor(data, [2, 3, 2, 3, 2, 3, 2]);
    const reduced = await gpu.kernels.reduce('sum', x, [0, 2, 4, 6], true, 0.5).data();
    const expected = new Float32Array(27);
    data.forEach((value, i) => {
      const [b, d, f] = [Math.floor(i / 72) % 3, Math.floor(i / 12) % 3, Math.floor(i / 2) % 3];
      expected[9 * b + 3 * d + f] += value / 2;
    });
    expect(reduced).toEqual(expected);
  });

  test('equal largest elements share the gradient of their maximum', async () => {
    const x = gpu.tensor([3, 1, 3, 2, 5, 4], [2, 3], { requiresGrad: true });
    const [dx] = grad(max(x, 1), [x], gpu.tensor([10, 7], [2]));
    expect([...(await dx.data())]).toEqual([5, 0, 5, 0, 7, 0]);
  });

  test('no axes at all leave the elements as they are', async () => {
    const x = gpu.tensor([3, 1, 2], [3]);
    expect(await gpu.kernels.reduce('sum', x, [], false, 2).data()).toEqual(Float32Array.of(6, 2, 4));
  });

  test('argmax over an empty axis says so', () => {
    expect(() => gpu.kernels.argmax(gpu.zeros([2, 0]), 1)).toThrow('argmax: axis 1 of [2,0] is empty');
  });
});

describe('many terms of few results', () => {
  test.each([
    ['one axis', [600_000], [0], 2],
    ['axes side by side', [2, 300, 800], [1, 2], 2],
    ['an axis of odd length', [2, 3 * 70_001], [1], 2],
    ['an axis that others follow', [2, 80_000, 3], [1], 2],
    ['axes apart', [300, 2, 400], [0, 2], 2],
    ['a prime number of them', [131_071], [0], 2],
  ] as const)('%s: are added up in passes, and are as in f64', async (_, shape, axes, passes) => {
    const size = shape.reduce((product: number, length) => product * length, 1);
    const x = gpu.randn(shape, { seed: 4 });
    const values = await x.data();
    const kept = shape.map((length, axis) => (axes.some((reduced) => reduced === axis) ? 1 : length));
    const count = kept.reduce((product, length) => product * length, 1);
    const [sums, largest] = [new Float64Array(count), new Float64Array(count).fill(-Infinity)];
    for (let i = 0; i < size; i++) {
      let [at, rest, step] = [0, i, 1];
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        if (kept[axis] > 1) at += (rest % shape[axis]) * step;
        step *= kept[axis];
        rest = Math.floor(rest / shape[axis]);
      }
      sums[at] += values[i];
      largest[at] = Math.max(largest[at], values[i]);
    }
    const { recorder } = gpu.runtime;
    const before = recorder.dispatches;
    const found = gpu.kernels.reduce('sum', x, axes, false, 0.5);
    expect(recorder.dispatches - before).toBe(passes);
    expect(found.shape).toEqual(kept.filter((length) => length > 1));
    const halved = await found.data();
    for (const [i, sum] of sums.entries()) expect(Math.abs(halved[i] - sum / 2)).toBeLessThan(0.02);
    expect([...(await gpu.kernels.reduce('max', x, axes).data())]).toEqual([...largest]);
  });
});
