import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import * as ops from '../../src/ops/table';
import type { Tensor } from '../../src/tensor/tensor';
import { useDevice } from './device';

const device = useDevice();
const zeros = (...shape: number[]) => device.gpu.zeros(shape, { requiresGrad: true });

/** The result and the gradients that PyTorch 1.13 gives for ones. */
async function expectAll(
  call: (...inputs: Tensor[]) => Tensor,
  inputs: Tensor[],
  shape: readonly number[],
  values: readonly number[],
  gradients: readonly (readonly number[])[],
): Promise<void> {
  const y = call(...inputs);
  expect(y.shape).toEqual(shape);
  expect([...(await y.data())]).toEqual(values);
  const grads = grad(y, inputs, device.gpu.ones(shape));
  for (const [i, found] of grads.entries()) {
    expect(found.shape).toEqual(inputs[i].shape);
    expect([...(await found.data())]).toEqual(gradients[i]);
  }
}

const none: number[] = [];
const repeated = (count: number, value = 0) => Array.from({ length: count }, () => value);

describe('matrices of size 0', () => {
  const products: [a: number[], b: number[], shape: number[]][] = [
    [
      [2, 0],
      [0, 3],
      [2, 3],
    ],
    [
      [0, 2],
      [2, 3],
      [0, 3],
    ],
    [
      [2, 3],
      [3, 0],
      [2, 0],
    ],
    [
      [2, 2, 0],
      [0, 2],
      [2, 2, 2],
    ],
    [
      [0, 0],
      [3, 0, 0],
      [3, 0, 0],
    ],
    [
      [0, 2, 3],
      [3, 2],
      [0, 2, 2],
    ],
    [[0], [0], []],
    [[2, 0], [0], [2]],
    [[0], [0, 2], [2]],
  ];
  test.each(products)('matmul › %j times %j has a sum of nothing everywhere', async (a, b, shape) => {
    const [left, right] = [zeros(...a), zeros(...b)];
    const size = shape.reduce((product, length) => product * length, 1);
    const gradients = [left, right].map((of) => repeated(of.size));
    await expectAll((x, y) => ops.matmul(x, y), [left, right], shape, repeated(size), gradients);
  });

  test('linear › of no features the bias is left, of no rows nothing', async () => {
    const bias = () => device.gpu.tensor([1, 2], [2], { requiresGrad: true });
    await expectAll(
      (x, weight, b) => ops.linear(x, weight, b),
      [zeros(3, 0), zeros(2, 0), bias()],
      [3, 2],
      [1, 2, 1, 2, 1, 2],
      [none, none, [3, 3]],
    );
    await expectAll(
      (x, weight, b) => ops.linear(x, weight, b),
      [zeros(0, 2), zeros(2, 2), bias()],
      [0, 2],
      none,
      [none, repeated(4), [0, 0]],
    );
  });
});

describe('crossEntropy of nothing', () => {
  const labels = () => device.gpu.tensor(Int32Array.of(), [0]);
  const nan = [Number.NaN];
  test('crossEntropy › the mean is NaN, the sum 0, also of probabilities', async () => {
    await expectAll((x) => ops.crossEntropy(x, labels()), [zeros(0, 3)], [], nan, [none]);
    await expectAll(
      (x) => ops.crossEntropy(x, labels(), { reduction: 'sum' }),
      [zeros(0, 3)],
      [],
      [0],
      [none],
    );
    await expectAll((x) => ops.crossEntropy(x, labels(), { reduction: 'none' }), [zeros(0, 3)], [0], none, [
      none,
    ]);
    await expectAll((x) => ops.crossEntropy(x, device.gpu.zeros([0, 3])), [zeros(0, 3)], [], nan, [none]);
    const weighted = { weight: device.gpu.ones([3]), labelSmoothing: 0.1 };
    await expectAll((x) => ops.crossEntropy(x, labels(), weighted), [zeros(0, 3)], [], nan, [none]);
  });

  test('crossEntropy › classes that all weigh nothing have the mean NaN', async () => {
    const label = device.integers([1, 0]);
    const loss = ops.crossEntropy(zeros(2, 3), label, { weight: device.gpu.zeros([3]) });
    expect(await loss.item()).toBeNaN();
  });
});

describe('softmax, dropout and elementwise ops of nothing, and of a single number', () => {
  test.each([
    ['softmax', ops.softmax, 1],
    ['logSoftmax', ops.logSoftmax, 0],
  ] as const)('%s', async (_, op, alone) => {
    for (const axis of [undefined, 0, -1])
      await expectAll(
        (x) => op(x, axis),
        [device.gpu.full([], 5, { requiresGrad: true })],
        [],
        [alone],
        [[0]],
      );
    await expectAll((x) => op(x), [zeros(0, 3)], [0, 3], none, [none]);
    await expectAll((x) => op(x), [zeros(3, 0)], [3, 0], none, [none]);
    await expectAll((x) => op(x, 0), [zeros(3, 0)], [3, 0], none, [none]);
    expect(() => op(zeros(), 1)).toThrow('axis 1 is out of range');
  });

  test('dropout › p = 1 leaves zeros, of values and gradients', async () => {
    const one = () => device.gpu.full([3], 2, { requiresGrad: true });
    await expectAll((x) => ops.dropout(x, { p: 1, seed: 1 }), [one()], [3], [0, 0, 0], [[0, 0, 0]]);
    await expectAll(
      (x) => ops.dropout(x, { p: 1, seed: 1, training: false }),
      [one()],
      [3],
      [2, 2, 2],
      [[1, 1, 1]],
    );
    await expectAll((x) => ops.dropout(x, { p: 1, seed: 1 }), [zeros()], [], [0], [[0]]);
    await expectAll((x) => ops.dropout(x, { p: 0.5, seed: 1 }), [zeros(0)], [0], none, [none]);
  });

  test('elementwise ops › nothing broadcasts with one', async () => {
    await expectAll(ops.mul, [zeros(0), zeros(1)], [0], none, [none, [0]]);
    await expectAll(ops.add, [zeros(2, 0), zeros()], [2, 0], none, [none, [0]]);
    await expectAll(ops.add, [zeros(3, 1, 1), zeros(1, 0)], [3, 1, 0], none, [repeated(3), none]);
    await expectAll(ops.exp, [zeros()], [], [1], [[1]]);
    await expectAll(ops.relu, [zeros(0, 2)], [0, 2], none, [none]);
    expect(() => ops.add(zeros(0), zeros(3))).toThrow('do not broadcast');
  });
});

describe('images of no batch', () => {
  test('pools and batch norm', async () => {
    const x = () => zeros(0, 2, 4, 4);
    await expectAll((t) => ops.maxPool2d(t, 3, { ceilMode: true }), [x()], [0, 2, 2, 2], none, [none]);
    await expectAll((t) => ops.avgPool2d(t, 2), [x()], [0, 2, 2, 2], none, [none]);
    await expectAll((t) => ops.adaptiveAvgPool2d(t, [3, null]), [x()], [0, 2, 3, 4], none, [none]);
    await expectAll((t) => ops.adaptiveMaxPool2d(t, 3), [x()], [0, 2, 3, 3], none, [none]);
    const weight = () => device.gpu.ones([2], { requiresGrad: true });
    const train = (t: Tensor, own: Tensor) => ops.batchNorm(t, { weight: own, training: true });
    await expectAll(train, [x(), weight()], [0, 2, 4, 4], none, [none, [0, 0]]);
    await expectAll(train, [zeros(3, 2, 0), weight()], [3, 2, 0], none, [none, [0, 0]]);
    await expectAll((t) => ops.batchNorm(t, { training: true }), [zeros(0)], [0], none, [none]);
  });

  test('transposed convolutions', async () => {
    const kernel = device.gpu.ones([2, 1, 2, 2], { requiresGrad: true });
    await expectAll((x, w) => ops.convTranspose2d(x, w), [zeros(0, 2, 2, 2), kernel], [0, 1, 3, 3], none, [
      none,
      repeated(8),
    ]);
  });
});
