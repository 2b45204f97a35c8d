import { describe, expect, test } from 'vitest';
import {
  cast,
  eq,
  ge,
  gt,
  isNan,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  lt,
  mul,
  ne,
  relu,
  sub,
  where,
} from '../../src/ops/table';
import { DTypeError } from '../../src/tensor/dtype';
import type { Tensor } from '../../src/tensor/tensor';
import { useDevice } from './device';

const device = useDevice();
const read = async (tensor: Tensor) => [...(await tensor.data())];
const whole = (...values: number[]) => device.gpu.tensor(Int32Array.from(values), [values.length]);
const natural = (...values: number[]) => device.gpu.tensor(Uint32Array.from(values), [values.length]);
const TOP = 2 ** 31 - 1;

describe('comparisons of whole numbers', () => {
  test('are exact beyond the 24 bits of f32, beside tensors and numbers', async () => {
    const x = whole(TOP, TOP - 1, -TOP - 1);
    expect(await read(eq(x, TOP))).toEqual([1, 0, 0]);
    expect(await read(lt(x, TOP))).toEqual([0, 1, 1]);
    expect(await read(le(x, whole(TOP - 1, TOP, -TOP - 1)))).toEqual([0, 1, 1]);
    expect(await read(gt(-TOP, x))).toEqual([0, 0, 1]);
    const y = natural(2 ** 32 - 1, 2 ** 32 - 2, 0);
    expect(await read(ne(y, 2 ** 32 - 1))).toEqual([0, 1, 1]);
    expect(await read(ge(y, natural(0, 2 ** 32 - 1, 1)))).toEqual([1, 0, 0]);
  });

  test('beside fractions, and numbers that the type lacks, are those of f32', async () => {
    expect(await read(gt(whole(2, 3), 2.5))).toEqual([0, 1]);
    expect(await read(lt(natural(0, 5), -1))).toEqual([0, 0]);
    expect(await read(le(whole(2, 3), Number.POSITIVE_INFINITY))).toEqual([1, 1]);
    expect(await read(eq(whole(2, 3), device.gpu.tensor([2, 2.5], [2])))).toEqual([1, 0]);
  });

  test('of i32 beside u32 are refused with what to do', () => {
    expect(() => eq(whole(1), natural(1))).toThrow(DTypeError);
    expect(() => eq(whole(1), natural(1))).toThrow('eq: b must be i32 like a, or f32, got u32[1]');
  });
});

describe('comparisons', () => {
  test('give i32 of no axes, and of no elements', async () => {
    const { gpu } = device;
    const one = eq(gpu.full([], 2), 2);
    expect([one.dtype, one.shape, await one.item()]).toEqual(['i32', [], 1]);
    expect(lt(gpu.zeros([0, 3]), gpu.zeros([3])).shape).toEqual([0, 3]);
    expect(isNan(gpu.zeros([0])).dtype).toBe('i32');
  });

  test('are fused into one kernel with what comes before and after', async () => {
    const { gpu } = device;
    const x = gpu.tensor([-1, 2, 3], [3]);
    const before = gpu.memory().buffers;
    const chosen = where(gt(sub(x, 1), 0.5), mul(x, 10), relu(x));
    expect(await read(chosen)).toEqual([0, 20, 30]);
    expect(gpu.memory().buffers).toBeLessThanOrEqual(before + 2);
  });

  test('read f16 as the numbers that it holds', async ({ skip }) => {
    skip(!device.gpu.runtime.device.features.has('shader-f16'), 'the adapter lacks shader-f16');
    const half = cast(device.gpu.tensor([0.5, 1 / 3, Number.NaN], [3]), 'f16');
    expect(await read(eq(half, 0.5))).toEqual([1, 0, 0]);
    expect(await read(isNan(half))).toEqual([0, 0, 1]);
    expect(await read(lt(half, device.gpu.tensor([1, 0, 0], [3])))).toEqual([1, 0, 0]);
  });
});

test('connectives take every type by itself, and numbers', async () => {
  const x = device.gpu.tensor([0, 0.5, Number.NaN, -0], [4]);
  expect(await read(logicalAnd(x, whole(1, 2, 3, 4)))).toEqual([0, 1, 1, 0]);
  expect(await read(logicalOr(natural(0, 0, 0, 7), x))).toEqual([0, 1, 1, 1]);
  expect(await read(logicalNot(natural(0, 1, 2)))).toEqual([1, 0, 0]);
  expect(await read(logicalAnd(x, 0))).toEqual([0, 0, 0, 0]);
});
