import { describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import * as table from '../../src/ops/table';
import { ArgumentError } from '../../src/tensor/guard';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { useDevice } from './device';
import { expectGolden } from './golden';

const ops = { ...table };
const device = useDevice();
const REDUCTIONS = ['none', 'mean', 'sum'] as const;

describe('losses against PyTorch', () => {
  for (const golden of readGolden('losses.json').cases) {
    const { op, name, options } = golden;
    test(`${op} › ${name}: the loss and its gradients are PyTorch's`, () =>
      expectGolden(device, golden, ({ input, labels, target = labels, weight, posWeight, x1, x2 }) => {
        const call = ops[op] as (...args: readonly unknown[]) => Tensor;
        const given = { ...options, ...(weight && { weight }), ...(posWeight && { posWeight }) };
        return call(x1 ?? input, x2 ?? target, given);
      }));
  }
});

describe('losses of nothing', () => {
  const pairs = ['mse', 'l1', 'smoothL1', 'huber', 'bce', 'bceWithLogits', 'klDiv'] as const;
  test.each(pairs)('%s › the mean is NaN, the sum 0, and gradients are empty', async (op) => {
    const input = device.gpu.zeros([0, 3], { requiresGrad: true });
    const target = device.gpu.zeros([0, 3]);
    const [none, mean, sum] = REDUCTIONS.map((reduction) => ops[op](input, target, { reduction }));
    expect(none.shape).toEqual([0, 3]);
    expect(await mean.item()).toBeNaN();
    expect(await sum.item()).toBe(0);
    backward(mean);
    expect(input.grad?.shape).toEqual([0, 3]);
  });

  test('nll › the mean is NaN, the sum 0, and gradients are empty', async () => {
    const input = device.gpu.zeros([0, 3], { requiresGrad: true });
    const target = device.integers([]);
    const [none, mean, sum] = REDUCTIONS.map((reduction) => ops.nll(input, target, { reduction }));
    expect(none.shape).toEqual([0]);
    expect(await mean.item()).toBeNaN();
    expect(await sum.item()).toBe(0);
    backward(mean);
    expect(input.grad?.shape).toEqual([0, 3]);
  });

  test('cosineSimilarity › of vectors of length 0 is 0, and of no vectors nothing', async () => {
    const { gpu } = device;
    expect([...(await ops.cosineSimilarity(gpu.zeros([2, 0]), gpu.zeros([2, 0])).data())]).toEqual([0, 0]);
    expect(ops.cosineSimilarity(gpu.zeros([0, 3]), gpu.zeros([0, 3])).shape).toEqual([0]);
    const [a, b] = [gpu.full([], -2), gpu.full([], 3)];
    expect(await ops.cosineSimilarity(a, b, { dim: 0 }).item()).toBeCloseTo(-1, 6);
  });

  test('a gradient of what was repeated over nothing is 0', async () => {
    const input = device.gpu.zeros([1, 3], { requiresGrad: true });
    backward(ops.mse(input, device.gpu.zeros([0, 3]), { reduction: 'sum' }));
    expect([...((await input.grad?.data()) ?? [])]).toEqual([0, 0, 0]);
  });
});

describe('nll', () => {
  test('the mean over ignored labels alone is NaN and has the gradient 0, as PyTorch has', async () => {
    const input = device.gpu.tensor([1, 2, 3, 4], [2, 2], { requiresGrad: true });
    const loss = ops.nll(input, device.integers([-100, -100]));
    expect(await loss.item()).toBeNaN();
    backward(loss);
    expect([...((await input.grad?.data()) ?? [])]).toEqual([0, 0, 0, 0]);
  });

  test('another label out of range makes its own loss and gradient NaN', async () => {
    const input = device.gpu.zeros([4, 2], { requiresGrad: true });
    const losses = ops.nll(input, device.integers([0, -1, 2, 1]), { reduction: 'none' });
    const isLost = [false, true, true, false];
    expect([...(await losses.data())].map(Number.isNaN)).toEqual(isLost);
    backward(losses, device.gpu.ones([4]));
    const found = [...((await input.grad?.data()) ?? [])];
    expect(found.map(Number.isNaN)).toEqual(isLost.flatMap((lost) => [lost, lost]));
  });

  test('shapes that do not fit are refused with those that do', () => {
    const { gpu } = device;
    const labels = device.integers([0, 1]);
    expect(() => ops.nll(gpu.zeros([3, 4]), labels)).toThrow('nll: target is i32[2], expected [3] for input');
    expect(() => ops.nll(gpu.zeros([2, 4]), labels, { weight: gpu.zeros([3]) })).toThrow(
      'nll: weight is f32[3], expected [4]',
    );
    expect(() => ops.nll(gpu.zeros([]), device.integers([0], []))).toThrow(ShapeError);
  });
});

test('bce › an input outside [0, 1] makes the loss NaN, and 0 and 1 make it 100 at most', async () => {
  const input = device.gpu.tensor([-0.1, 1.1, 0, 1, 0], [5]);
  const target = device.gpu.tensor([1, 0, 1, 0, 0], [5]);
  const losses = [...(await ops.bce(input, target, { reduction: 'none' }).data())];
  expect(losses).toEqual([Number.NaN, Number.NaN, 100, 100, 0]);
});

test('klDiv › a target of 0 counts 0, one below 0 or NaN makes the loss NaN, as in PyTorch', async () => {
  const input = device.gpu.tensor([0.3, 0.2, 0.1, 0.1], [4], { requiresGrad: true });
  const target = device.gpu.tensor([0, -0.5, 0.5, Number.NaN], [4], { requiresGrad: true });
  const losses = ops.klDiv(input, target, { reduction: 'none' });
  const found = [...(await losses.data())];
  expect(found[2]).toBeCloseTo(-0.3966, 4);
  expect([found[0], found[1], found[3]]).toEqual([-0, Number.NaN, Number.NaN]);
  backward(losses, device.gpu.ones([4]));
  expect([...((await input.grad?.data()) ?? [])]).toEqual([-0, 0.5, -0.5, Number.NaN]);
  expect((await target.grad?.data())?.[0]).toBe(Number.NEGATIVE_INFINITY);
});

test('bce and bceWithLogits refuse targets and weights of other shapes', () => {
  const { gpu } = device;
  for (const op of [ops.bce, ops.bceWithLogits]) {
    expect(() => op(gpu.zeros([2, 3]), gpu.zeros([3]))).toThrow('target is f32[3], expected [2,3]');
    expect(() => op(gpu.zeros([3]), gpu.zeros([3]), { weight: gpu.zeros([2, 3]) })).toThrow(
      'weights are f32[2,3], expected shapes that broadcast to [3]',
    );
  }
});

test('smoothL1 and huber refuse the corners that PyTorch refuses', () => {
  const x = device.gpu.zeros([2]);
  expect(() => ops.smoothL1(x, x, { beta: -1 })).toThrow(ArgumentError);
  expect(() => ops.huber(x, x, { delta: 0 })).toThrow('huber: delta is 0, expected a number above 0');
});

test('losses that are not reduced are one kernel with what follows', async () => {
  const { gpu } = device;
  const [x, t] = [gpu.ones([4]), gpu.full([4], 3)];
  const before = gpu.memory().buffers;
  const doubled = ops.mul(ops.mse(x, t, { reduction: 'none' }), 2);
  expect([...(await doubled.data())]).toEqual([8, 8, 8, 8]);
  expect(gpu.memory().buffers).toBeLessThanOrEqual(before + 2);
});
