import { describe, expect, test } from 'vitest';
import { knownValues } from '../../src/tensor/host-values';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';

const held = useGpu();
const known = (tensor: Tensor) => {
  const values = knownValues(tensor);
  return values && [...values];
};

describe('the host knows whole numbers', () => {
  test('that it gave, as they were then, also through views', () => {
    const data = Int32Array.of(1, 2, 3, 4);
    const x = held.gpu.tensor(data, [4]);
    data[0] = 9;
    expect(known(x)).toEqual([1, 2, 3, 4]);
    expect(known(x.view([2, 2]))).toEqual([1, 2, 3, 4]);
    expect(known(held.gpu.tensor([5, 6], [2], { dtype: 'i32' }))).toEqual([5, 6]);
  });

  test('that it wrote later', () => {
    const x = held.gpu.empty([2], { dtype: 'i32' });
    expect(known(x)).toBeUndefined();
    x.write([7, 8]);
    expect(known(x)).toEqual([7, 8]);
  });

  test('as long as no kernel changes them', () => {
    const x = held.gpu.tensor(Int32Array.of(1, 2), [2]);
    held.gpu.kernels.elementwise('old + 1', {}, { into: x });
    expect(known(x)).toBeUndefined();
  });

  test('not of a warm-up, which writes nothing', async () => {
    const x = held.gpu.tensor(Int32Array.of(1, 2), [2]);
    await held.gpu.warmUp(() => x.write([3, 4]));
    expect(known(x)).toEqual([1, 2]);
    expect([...(await x.data())]).toEqual([1, 2]);
  });

  test('but not of floats, nor of so many that a copy would be felt', () => {
    expect(known(held.gpu.tensor([1, 2], [2]))).toBeUndefined();
    expect(known(held.gpu.tensor(new Int32Array(2 ** 20 + 1), [2 ** 20 + 1]))).toBeUndefined();
    expect(known(held.gpu.tensor(new Int32Array(2 ** 20), [2 ** 20]))).toHaveLength(2 ** 20);
  });
});
