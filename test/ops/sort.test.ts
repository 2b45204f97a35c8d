import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { openGpu } from '../../src/node';
import { cumsum } from '../../src/ops/cumsum';
import { argsort, sort, topk } from '../../src/ops/sort';
import type { TypedArray } from '../../src/tensor/dtype';
import { Random } from '../../src/tensor/random';
import { useDevice } from './device';

const device = useDevice();
const NAN = Number.NaN;
const INFINITY = Number.POSITIVE_INFINITY;

/** Few different numbers, so that many are equal. */
function repetitive(count: number, different: number): Float32Array<ArrayBuffer> {
  const random = new Random(5);
  return Float32Array.from({ length: count }, () => random.int(different) - different / 2);
}

/** Whether places name each element of a row once, none before a smaller one or before an equal one that came earlier. */
function isStableOrder(places: ArrayLike<number>, row: ArrayLike<number>): boolean {
  const seen = new Uint8Array(row.length);
  for (let i = 0; i < places.length; i++) {
    seen[places[i]] = 1;
    if (i === 0) continue;
    const [before, own] = [row[places[i - 1]], row[places[i]]];
    if (before > own || (before === own && places[i - 1] > places[i])) return false;
  }
  return places.length === row.length && !seen.includes(0);
}

function expectStableOrders(places: TypedArray, values: Float32Array, length: number): void {
  expect(places).toHaveLength(values.length);
  for (let from = 0; from < values.length; from += length) {
    const to = from + length;
    expect(isStableOrder(places.subarray(from, to), values.subarray(from, to))).toBe(true);
  }
}

describe('sort', () => {
  const SPECIAL = [NAN, 1, -INFINITY, 0, -0, INFINITY, -1, 1e-40, -NAN, -2, 3e38];

  test('has infinities at the ends and NaN last, as PyTorch', async () => {
    const { values, indices } = sort(device.gpu.tensor(SPECIAL, [SPECIAL.length]));
    expect([...(await indices.data())]).toEqual([2, 9, 6, 3, 4, 7, 1, 10, 5, 0, 8]);
    const found = [...(await values.data())].slice(0, 3);
    expect(found).toEqual([-INFINITY, -2, -1]);
  });

  test('has NaN first in descending order, and keeps the order of equals', async () => {
    const { indices } = sort(device.gpu.tensor(SPECIAL, [SPECIAL.length]), 0, true);
    expect([...(await indices.data())]).toEqual([0, 8, 5, 10, 1, 7, 3, 4, 6, 9, 2]);
  });

  test.each([
    ['as long as a workgroup', 1, 1024],
    ['a little longer', 3, 1025],
    ['of three blocks', 2, 2500],
    ['of a hundred blocks', 1, 100_003],
  ])('keeps the order of equals in rows %s', async (_, rows, length) => {
    const values = repetitive(rows * length, 50);
    expectStableOrders(await argsort(device.gpu.tensor(values, [rows, length])).data(), values, length);
  });

  test('does so on SwiftShader, whose blocks are shorter', async () => {
    const gpu = await openGpu({ adapter: 'swiftshader' });
    try {
      for (const length of [5, 128, 129, 1000]) {
        const values = repetitive(3 * length, 50);
        expectStableOrders(await argsort(gpu.tensor(values, [3, length])).data(), values, length);
      }
    } finally {
      gpu.dispose();
    }
  });

  test('sorts many short rows, and along an axis that is not the last', async () => {
    const [outer, length, inner] = [50, 7, 90];
    const values = repetitive(outer * length * inner, 1000);
    const found = await sort(device.gpu.tensor(values, [outer, length, inner]), 1).values.data();
    for (let o = 0; o < outer; o += 7)
      for (let i = 0; i < inner; i += 11) {
        const line = (from: ArrayLike<number>) =>
          Array.from({ length }, (_, k) => from[(o * length + k) * inner + i]);
        expect(line(found)).toEqual(line(values).sort((a, b) => a - b));
      }
  });

  test('sorts whole numbers by their sign, and u32 without one', async () => {
    const signed = device.integers([5, -1, -(2 ** 31), 2 ** 31 - 1, 0]);
    const { values } = sort(signed);
    expect(values.dtype).toBe('i32');
    expect([...(await values.data())]).toEqual([-(2 ** 31), -1, 0, 5, 2 ** 31 - 1]);
    const plain = device.gpu.tensor(Uint32Array.of(2 ** 32 - 1, 7, 2 ** 31), [3]);
    expect([...(await argsort(plain, 0, true).data())]).toEqual([0, 2, 1]);
  });

  test('gives the gradient to where each value was', async () => {
    const x = device.gpu.tensor([3, 1, 2], [3], { requiresGrad: true });
    const [dx] = grad(sort(x).values, [x], device.gpu.tensor([10, 20, 30], [3]));
    expect([...(await dx.data())]).toEqual([30, 10, 20]);
  });

  test('sorts one number and nothing', async () => {
    const one = sort(device.gpu.tensor([7], []));
    expect([one.values.shape, one.indices.shape]).toEqual([[], []]);
    expect([...(await one.values.data()), ...(await one.indices.data())]).toEqual([7, 0]);
    expect(sort(device.gpu.zeros([0, 3]), 0).values.shape).toEqual([0, 3]);
    expect(() => sort(device.gpu.zeros([2]), 1)).toThrow('sort: axis 1 is out of range for 1 dimensions');
  });
});

describe('topk', () => {
  test('takes NaN for the largest, as PyTorch, and leaves other elements without a gradient', async () => {
    const x = device.gpu.tensor([1, 5, NAN, 5, 2], [5], { requiresGrad: true });
    const { values, indices } = topk(x, 3);
    expect([...(await values.data())]).toEqual([NAN, 5, 5]);
    expect([...(await indices.data())]).toEqual([2, 1, 3]);
    const [dx] = grad(values, [x], device.gpu.tensor([7, 8, 9], [3]));
    expect([...(await dx.data())]).toEqual([0, 8, 7, 9, 0]);
  });

  test('gives none, all, or one number', async () => {
    expect(topk(device.gpu.zeros([2, 3]), 0).values.shape).toEqual([2, 0]);
    expect([...(await topk(device.gpu.tensor([2, 3], [2]), 2, 0, false).values.data())]).toEqual([2, 3]);
    expect([...(await topk(device.gpu.tensor([4], []), 1).values.data())]).toEqual([4]);
    expect(() => topk(device.gpu.zeros([2, 3]), 4)).toThrow(
      'topk: k is 4, expected 0 to 3, the length of axis -1 of f32[2,3]',
    );
  });
});

describe('cumsum', () => {
  test('is exact to 1e-6 over a million terms, from either end', async () => {
    const count = 1_000_003;
    const tenth = Math.fround(0.1);
    const x = device.gpu.tensor(new Float32Array(count).fill(tenth), [count], { requiresGrad: true });
    const y = cumsum(x);
    const worst = (values: ArrayLike<number>, expected: (i: number) => number) => {
      let most = 0;
      for (let i = 0; i < count; i++) most = Math.max(most, Math.abs(values[i] / expected(i) - 1));
      return most;
    };
    expect(worst(await y.data(), (i) => (i + 1) * tenth)).toBeLessThan(1e-6);
    const [dx] = grad(y, [x], x.detach());
    expect(worst(await dx.data(), (i) => (count - i) * tenth)).toBeLessThan(1e-6);
  });

  test('adds up whole numbers, along a middle axis in parts too', async () => {
    const [outer, length, inner] = [2, 700, 3];
    const values = Int32Array.from({ length: outer * length * inner }, (_, i) => (i % 11) - 3);
    const found = await cumsum(device.gpu.tensor(values, [outer, length, inner]), 1).data();
    const expected = values.slice();
    for (let i = 0; i < expected.length; i++)
      if (i % (length * inner) >= inner) expected[i] += expected[i - inner];
    expect(found).toEqual(expected);
  });

  test('keeps infinities, and is NaN from where they cancel', async () => {
    const x = device.gpu.tensor([1, INFINITY, 2, -INFINITY, 1], [5]);
    expect([...(await cumsum(x).data())]).toEqual([1, INFINITY, INFINITY, NAN, NAN]);
  });
});
