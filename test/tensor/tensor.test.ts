import { beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/tensor/gpu';
import { ShapeError } from '../../src/tensor/shape';
import { TensorDisposedError } from '../../src/tensor/tensor';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

describe('making tensors', () => {
  test('the data of every dtype comes back as it was given', async () => {
    const f32 = Float32Array.of(1.5, -2.25, 3e38, Number.NaN, -0);
    const i32 = Int32Array.of(-(2 ** 31), -1, 2 ** 31 - 1);
    const u32 = Uint32Array.of(0, 2 ** 32 - 1);
    const u8 = Uint8Array.of(0, 1, 2, 3, 254, 255, 7);
    for (const data of [f32, i32, u32, u8]) {
      expect(await gpu.tensor(data, [data.length]).data()).toEqual(data);
    }
    const plain = gpu.tensor([1, 2, 3], [3]);
    expect([plain.dtype, gpu.tensor(u8, [7]).dtype]).toEqual(['f32', 'u8']);
    expect(await plain.data()).toEqual(Float32Array.of(1, 2, 3));
  });

  test('part of a larger buffer is copied from where it starts', async () => {
    const whole = Float32Array.from({ length: 10 }, (_, i) => i);
    expect([...(await gpu.tensor(whole.subarray(3, 6), [3]).data())]).toEqual([3, 4, 5]);
  });

  test('zeros, ones, full, arange and eye hold what they are named for', async () => {
    expect(await gpu.zeros([2, 2]).data()).toEqual(new Float32Array(4));
    expect(await gpu.ones([3]).data()).toEqual(Float32Array.of(1, 1, 1));
    expect(await gpu.full([3], -7, { dtype: 'i32' }).data()).toEqual(Int32Array.of(-7, -7, -7));
    expect(await gpu.arange(4, { dtype: 'u32' }).data()).toEqual(Uint32Array.of(0, 1, 2, 3));
    expect(await gpu.eye(2).data()).toEqual(Float32Array.of(1, 0, 0, 1));
  });

  test('a scalar has shape [] and an empty tensor no elements', async () => {
    expect(await gpu.tensor([4], []).item()).toBe(4);
    const empty = gpu.zeros([0, 3]);
    expect(await empty.data()).toEqual(new Float32Array(0));
    const column = gpu.zeros([3]);
    expect((await gpu.kernels.elementwise('a + b', { a: empty, b: column }).data()).length).toBe(0);
    expect(await gpu.kernels.reduce('sum', empty, [0]).data()).toEqual(new Float32Array(3));
  });

  test('data that does not fill the shape, and impossible shapes, throw ShapeError', () => {
    expect(() => gpu.tensor([1, 2, 3], [2, 2])).toThrow('tensor: 3 values do not fill shape [2,2] (4)');
    expect(() => gpu.zeros([-1])).toThrow(ShapeError);
    expect(() => gpu.tensor([1, 2], [-1, -2])).toThrow(ShapeError);
    expect(() => gpu.tensor(Int32Array.of(1), [1], { requiresGrad: true })).toThrow(
      'requiresGrad: expects f32 tensors, got i32',
    );
  });

  test('the shape is the tensor’s own', () => {
    const shape = [2, 3];
    const x = gpu.zeros(shape);
    const y = x.view(shape);
    shape[0] = 99;
    expect([x.shape, y.shape]).toEqual([
      [2, 3],
      [2, 3],
    ]);
  });
});

describe('dtypes', () => {
  test('kernels that read f32 refuse anything else', () => {
    const i = gpu.tensor(Int32Array.of(1, 2, 3, 4), [2, 2]);
    expect(() => gpu.kernels.reduce('sum', i, [0])).toThrow('sum: expects f32 tensors, got i32');
    expect(() => gpu.kernels.argmax(i, 0)).toThrow('argmax: expects f32 tensors, got i32');
  });

  test('u8 is storage: elementwise kernels and copies refuse it', () => {
    const bytes = gpu.tensor(Uint8Array.of(1, 2, 3, 4), [2, 2]);
    expect(() => gpu.kernels.elementwise('f32(x)', { x: bytes })).toThrow(/u8 tensor is storage/);
    expect(() => gpu.kernels.permute(bytes, [1, 0])).toThrow(/u8 tensor is storage/);
  });

  test('words of any type can be permuted', async () => {
    const i = gpu.tensor(Int32Array.of(1, -2, 3, -4, 5, -6), [2, 3]);
    expect(await gpu.kernels.permute(i, [1, 0]).data()).toEqual(Int32Array.of(1, -4, -2, 5, 3, -6));
  });
});

describe('reading and writing', () => {
  test('write overwrites in place, converts, and refuses another size', async () => {
    const x = gpu.zeros([2, 2]);
    x.write([1, 2, 3, 4]);
    expect([...(await x.data())]).toEqual([1, 2, 3, 4]);
    x.write(Int32Array.of(5, 6, 7, 8));
    expect(await x.data()).toEqual(Float32Array.of(5, 6, 7, 8));
    expect(() => x.write([1])).toThrow('write: 1 values for a tensor of 4 (f32[2,2])');
  });

  test('item reads the one element and refuses more', async () => {
    expect(await gpu.full([1, 1], 2.5).item()).toBe(2.5);
    await expect(gpu.zeros([2]).item()).rejects.toThrow('item: the tensor has 2 elements, not 1 (f32[2])');
  });

  test('reads that are under way at once do not disturb each other', async () => {
    const tensors = Array.from({ length: 12 }, (_, i) => gpu.full([100 + i], i));
    const values = await Promise.all(tensors.map((tensor) => tensor.data()));
    values.forEach((value, i) => {
      expect(value).toEqual(new Float32Array(100 + i).fill(i));
    });
  });

  test('a view shares the elements and refuses another size', async () => {
    const x = gpu.arange(6);
    const y = x.view([2, 3]);
    x.write([9, 1, 2, 3, 4, 5]);
    expect([...(await y.data())]).toEqual([9, 1, 2, 3, 4, 5]);
    expect(() => x.view([4])).toThrow('view: [6] has 6 elements and cannot become [4]');
    expect(() => x.view([-2, -3])).toThrow(ShapeError);
  });

  test('a detached tensor shares the elements and needs no gradient', async () => {
    const x = gpu.ones([2], { requiresGrad: true });
    const y = x.detach();
    expect(y.requiresGrad).toBe(false);
    expect(await y.data()).toEqual(Float32Array.of(1, 1));
  });
});

describe('disposing', () => {
  test('a freed tensor says so wherever it is used; freeing twice is allowed', async () => {
    const x = gpu.ones([2, 3]);
    x.dispose();
    x.dispose();
    expect(x.disposed).toBe(true);
    await expect(x.data()).rejects.toThrow(TensorDisposedError);
    expect(() => gpu.kernels.elementwise('-x', { x })).toThrow(/tensor f32\[2,3\] was freed/);
    expect(() => x.view([6])).toThrow(TensorDisposedError);
    expect(() => x.write(new Float32Array(6))).toThrow(TensorDisposedError);
  });

  test('the buffer goes back with the last of its views', async () => {
    const before = await settledMemory(gpu);
    const x = gpu.arange(6);
    const y = x.view([3, 2]);
    expect(gpu.memory().tensors).toBe(before.tensors + 2);
    x.dispose();
    expect(gpu.memory().bytesInUse).toBeGreaterThan(before.bytesInUse);
    expect([...(await y.data())]).toEqual([0, 1, 2, 3, 4, 5]);
    y.dispose();
    expect(gpu.memory().bytesInUse).toBe(before.bytesInUse);
    expect(gpu.memory().tensors).toBe(before.tensors);
  });

  test('`using` frees at the end of the block', () => {
    const before = gpu.memory().tensors;
    {
      using x = gpu.ones([2]);
      using y = gpu.kernels.elementwise('-x', { x });
      expect(gpu.memory().tensors).toBe(before + 2);
      expect(y.disposed).toBe(false);
    }
    expect(gpu.memory().tensors).toBe(before);
  });
});
