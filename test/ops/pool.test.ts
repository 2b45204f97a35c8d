import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { avgPool2d, globalAvgPool2d } from '../../src/ops/pool/avg';
import { maxPool2d } from '../../src/ops/pool/max';
import { ShapeError } from '../../src/tensor/shape';
import { readGolden } from '../golden/read';
import { useDevice } from './device';
import { expectGolden } from './golden';

const device = useDevice();

describe('pooling against PyTorch', () => {
  for (const golden of readGolden('pool.json').cases) {
    test(`${golden.op} › ${golden.name}: the result and gradient are PyTorch's`, () =>
      expectGolden(device, golden, ({ input }) => {
        if (golden.op === 'globalAvgPool2d') return globalAvgPool2d(input);
        const { kernel, ...options } = golden.options;
        return golden.op === 'maxPool2d'
          ? maxPool2d(input, kernel, options)
          : avgPool2d(input, kernel, options);
      }));
  }
});

describe('maxPool2d at the edges', () => {
  test('maxPool2d › the first of equal maxima gets the gradient', async () => {
    const x = device.gpu.tensor([1, 5, 5, 5], [1, 1, 2, 2], { requiresGrad: true });
    const [dx] = grad(maxPool2d(x, 2), [x], device.gpu.ones([1, 1, 1, 1]));
    expect([...(await dx.data())]).toEqual([0, 1, 0, 0]);
  });

  test('maxPool2d › NaN comes through, and takes the gradient', async () => {
    const x = device.gpu.tensor([9, Number.NaN, 3, 4, 1, 2], [1, 1, 1, 6], { requiresGrad: true });
    const y = maxPool2d(x, [1, 3]);
    expect([...(await y.data())]).toEqual([Number.NaN, 4]);
    const [dx] = grad(y, [x], device.gpu.ones(y.shape));
    expect([...(await dx.data())]).toEqual([0, 1, 0, 1, 0, 0]);
  });

  test('maxPool2d › so it is where halves are taken of whole vec4', async () => {
    const rows = [
      [5, 5, 1, 2, Number.NaN, 1, 3, 3],
      [5, 5, 9, 2, 4, 4, Number.NaN, 7],
    ];
    const x = device.gpu.tensor(rows.flat(), [1, 1, 2, 8], { requiresGrad: true });
    const y = maxPool2d(x, 2);
    expect([...(await y.data())]).toEqual([5, 9, Number.NaN, Number.NaN]);
    const [dx] = grad(y, [x], device.gpu.tensor([1, 2, 3, 4], y.shape));
    expect([...(await dx.data())]).toEqual([1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0, 4, 0]);
  });

  test('maxPool2d › so it is around every pixel of whole vec4, and −∞ beats padding', async () => {
    const [none, nan] = [Number.NEGATIVE_INFINITY, Number.NaN];
    const rows = [
      [none, none, 1, 5, 5, 0, 0, 2],
      [none, none, 1, 0, 5, 0, nan, 2],
    ];
    const x = device.gpu.tensor(rows.flat(), [1, 1, 2, 8], { requiresGrad: true });
    const y = maxPool2d(x, 3, { stride: 1, padding: 1 });
    const line = [none, 1, 5, 5, 5, nan, nan, nan];
    expect([...(await y.data())]).toEqual([...line, ...line]);
    const [dx] = grad(y, [x], device.gpu.tensor([...Array(8).fill(1), ...Array(8).fill(10)], y.shape));
    expect([...(await dx.data())]).toEqual([11, 0, 11, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 33, 0]);
  });

  test('maxPool2d › halves lines of twelve, whose results are no whole groups of four', async () => {
    const x = device.gpu.tensor(
      Array.from({ length: 48 }, (_, i) => i),
      [1, 1, 4, 12],
      { requiresGrad: true },
    );
    // Lower right pixels: lines 1 and 3, every second column.
    const largest = [13, 15, 17, 19, 21, 23, 37, 39, 41, 43, 45, 47];
    const y = maxPool2d(x, 2);
    expect([...(await y.data())]).toEqual(largest);
    const [dx] = grad(y, [x], device.gpu.tensor(largest, y.shape));
    const expected = Array.from({ length: 48 }, (_, i) => (largest.includes(i) ? i : 0));
    expect([...(await dx.data())]).toEqual(expected);
  });

  test('maxPool2d › padding does not win over negative values, even −∞', async () => {
    const x = device.gpu.full([1, 1, 2, 2], Number.NEGATIVE_INFINITY);
    x.write([-3, -2, Number.NEGATIVE_INFINITY, -7]);
    const y = maxPool2d(x, 2, { padding: 1 });
    expect([...(await y.data())]).toEqual([-3, -2, Number.NEGATIVE_INFINITY, -7]);
  });
});

describe('pooling refuses', () => {
  const x = () => device.gpu.zeros([1, 2, 5, 6]);

  test('padding of more than half the kernel', () => {
    expect(() => maxPool2d(x(), 3, { padding: 2 })).toThrow(ShapeError);
    expect(() => maxPool2d(x(), 3, { padding: 2 })).toThrow(
      'maxPool2d: padding [2,2] is more than half of kernel [3,3]',
    );
    expect(() => avgPool2d(x(), [2, 1], { padding: [1, 1] })).toThrow(
      'avgPool2d: padding [1,1] is more than half of kernel [2,1]',
    );
  });

  test('a kernel larger than the padded input', () => {
    expect(() => maxPool2d(x(), [6, 2])).toThrow(
      'maxPool2d: kernel [6,2] is larger than input [1,2,5,6] with padding [0,0]',
    );
  });

  test('windows that are not whole numbers', () => {
    expect(() => maxPool2d(x(), 0)).toThrow('maxPool2d: kernel is 0, expected a whole number of at least 1');
    expect(() => avgPool2d(x(), 2, { stride: [1, 0.5] })).toThrow('avgPool2d: stride is [1,0.5]');
    expect(() => avgPool2d(x(), 2, { padding: -1 })).toThrow('avgPool2d: padding is -1');
  });

  test('an input that is not [N,C,H,W]', () => {
    const flat = device.gpu.zeros([4, 4]);
    const message = 'input must be f32 [N,C,H,W], got f32[4,4]';
    expect(() => maxPool2d(flat, 2)).toThrow(`maxPool2d: ${message}`);
    expect(() => avgPool2d(flat, 2)).toThrow(`avgPool2d: ${message}`);
    expect(() => globalAvgPool2d(flat)).toThrow(`globalAvgPool2d: ${message}`);
  });
});
