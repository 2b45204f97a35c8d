import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import * as reference from '../reference/elementwise';
import { max, sum } from '../reference/reduce';
import { type Ref, ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

/* Kernels that read and write four neighbours at once where the shapes allow it, and the others beside them. */

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

/** Random values of a shape, here and in f64. */
async function random(shape: readonly number[], seed: number, dtype: 'f32' | 'f16' = 'f32') {
  const tensor = gpu.tensor(await gpu.randn(shape, { seed }).data(), shape, { dtype });
  return { tensor, ref: ref(shape, Float64Array.from(await tensor.data())) };
}

/** What f32 makes of f64 results that one operation came to. */
async function expectRounded(found: Tensor, expected: Ref): Promise<void> {
  expect(found.shape).toEqual(expected.shape);
  expect(await found.data()).toEqual(Float32Array.from(expected.data));
}

describe('operands that are broadcast', () => {
  test.each([
    ['a row', [5, 8], [8]],
    ['a row that fills no groups of four', [5, 7], [7]],
    ['a row and a column', [5, 1], [1, 8]],
    ['an axis between', [3, 5, 8], [3, 1, 8]],
    ['axes in turns', [2, 1, 4, 1], [1, 3, 1, 8]],
    ['planes that fill no groups of four', [3, 5, 6], [3, 1, 6]],
    ['many rows, of which a thread computes several', [16_387, 16], [16]],
    ['many rows with one value for each', [2, 8193, 16], [2, 1, 16]],
  ])('%s: is subtracted as in f64', async (_, a, b) => {
    const [x, y] = [await random(a, 1), await random(b, 2)];
    const found = gpu.kernels.elementwise('x - y', { x: x.tensor, y: y.tensor });
    await expectRounded(found, reference.sub(x.ref, y.ref));
    const turned = gpu.kernels.elementwise('y - x', { x: x.tensor, y: y.tensor });
    await expectRounded(turned, reference.sub(y.ref, x.ref));
  });

  test.each([
    ['in groups of four', [5, 8], [8]],
    ['one by one', [5, 7], [7]],
    ['in groups of four of many rows', [16_387, 16], [16]],
  ])('%s: what is there is read, and written over', async (_, a, b) => {
    const [x, y] = [await random(a, 3), await random(b, 4)];
    gpu.kernels.elementwise('old - y', { y: y.tensor }, { into: x.tensor });
    await expectRounded(x.tensor, reference.sub(x.ref, y.ref));
  });

  test('half numbers are read and written in groups of four, too', async () => {
    const [x, y] = [await random([5, 8], 5, 'f16'), await random([8], 6, 'f16')];
    const found = gpu.kernels.elementwise('x - y', { x: x.tensor, y: y.tensor }, { dtype: 'f16' });
    const expected = reference.sub(x.ref, y.ref).data;
    for (const [i, value] of (await found.data()).entries())
      expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(2 ** -11 * Math.abs(expected[i]) + 2 ** -25);
  });
});

/** Names of the kernels that `work` runs. */
function kernelsOf(work: () => void): string[] {
  const run = vi.spyOn(gpu.kernels, 'run');
  work();
  const names = run.mock.calls.map(([{ name }]) => name);
  run.mockRestore();
  return names;
}

describe('results that lie side by side', () => {
  test.each([
    ['the first axis', [9, 16_384], [0]],
    ['more terms than a chain has', [70, 16_384], [0]],
    ['a middle axis', [2, 5, 8192], [1]],
    ['two axes', [3, 2, 2, 8192], [0, 2]],
  ])('%s: four of them are reduced by a thread, as in f64', async (_, shape, axes) => {
    const x = await random(shape, 7);
    const reduced: Tensor[] = [];
    const names = kernelsOf(() => {
      reduced.push(gpu.kernels.reduce('sum', x.tensor, axes), gpu.kernels.reduce('max', x.tensor, axes));
    });
    expect(names).toEqual(['sum.columns', 'max.columns']);
    const [sums, largest] = reduced;
    const expected = sum(x.ref, axes);
    expect(sums.shape).toEqual(expected.shape);
    for (const [i, value] of (await sums.data()).entries())
      expect(Math.abs(value - expected.data[i])).toBeLessThan(2e-5);
    await expectRounded(largest, max(x.ref, axes));
  });

  test('one NaN makes the maximum and the minimum of its own column NaN', async () => {
    const values = new Float32Array(3 * 16_384).fill(2);
    values[16_384 + 5] = Number.NaN;
    const x = gpu.tensor(values, [3, 16_384]);
    const expected = Float32Array.from({ length: 16_384 }, (_, i) => (i === 5 ? Number.NaN : 2));
    expect(await gpu.kernels.reduce('max', x, [0]).data()).toEqual(expected);
    expect(await gpu.kernels.reduce('min', x, [0]).data()).toEqual(expected);
    expect(await gpu.kernels.reduce('prod', x, [0]).data()).toEqual(expected.map((value) => value ** 3));
  });
});
