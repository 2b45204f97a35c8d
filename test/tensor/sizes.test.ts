import { describe, expect, test } from 'vitest';
import { GpuLimitError } from '../../runtime/errors';
import { backward } from '../../src/autograd/backward';
import { Linear } from '../../src/nn/layers';
import { add, linear, pad, sum } from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import { ShapeError } from '../../src/tensor/shape';
import { useGpu } from '../use-gpu';

const held = useGpu();

describe('sizes beyond every buffer', () => {
  test.each<[string, (gpu: Gpu) => unknown, RegExp]>([
    ['zeros', (gpu) => gpu.zeros([2 ** 33]), /tensor f32\[8589934592\] needs 34359738368 bytes/],
    ['full', (gpu) => gpu.full([2 ** 30, 8], 1), /tensor f32\[1073741824,8\] needs 34359738368 bytes/],
    ['randn', (gpu) => gpu.randn([2 ** 33]), /tensor f32\[8589934592\]/],
    ['arange', (gpu) => gpu.arange(2 ** 33), /tensor f32\[8589934592\] needs 34359738368 bytes/],
    ['eye', (gpu) => gpu.eye(2 ** 17), /tensor f32\[131072,131072\] needs 68719476736 bytes/],
    ['add', (gpu) => add(gpu.zeros([2 ** 17, 1]), gpu.zeros([1, 2 ** 17])), /tensor f32\[131072,131072\]/],
    ['pad', (gpu) => pad(gpu.zeros([2]), [2 ** 33, 0]), /tensor f32\[8589934594\]/],
  ])('%s says how many bytes it needs, to the byte', (_, make, message) => {
    expect(() => make(held.gpu)).toThrow(GpuLimitError);
    expect(() => make(held.gpu)).toThrow(message);
  });

  test.each([[-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY]])(
    'a length of %d is refused',
    (length) => {
      for (const make of [
        () => held.gpu.zeros([length]),
        () => held.gpu.arange(length),
        () => held.gpu.eye(length),
      ])
        expect(make).toThrow(ShapeError);
    },
  );
});

describe('a linear layer without features', () => {
  test('gives its bias, and passes gradients of nothing', async () => {
    const { gpu } = held;
    const bias = gpu.tensor([1, 2], [2]);
    const y = linear(gpu.zeros([2, 3, 0]), gpu.zeros([2, 0]), bias);
    expect(y.shape).toEqual([2, 3, 2]);
    expect([...(await y.data())]).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
    const layer = new Linear(gpu, 0, 3);
    backward(sum(layer.forward(gpu.zeros([5, 0]))));
    expect([...((await layer.bias?.grad?.data()) ?? [])]).toEqual([5, 5, 5]);
    expect(layer.weight.grad?.shape).toEqual([3, 0]);
  });
});
