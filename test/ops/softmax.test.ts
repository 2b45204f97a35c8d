import { describe, expect, test } from 'vitest';
import { logSoftmax, softmax } from '../../src/ops/softmax';
import { ShapeError } from '../../src/tensor/shape';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import * as reference from '../reference/loss';
import { ref } from '../reference/ref';
import { download, useDevice } from './device';
import { expectGolden } from './golden';

const device = useDevice();

describe('softmax and logSoftmax against PyTorch', () => {
  for (const golden of readGolden('loss.json').cases) {
    if (golden.op !== 'softmax' && golden.op !== 'logSoftmax') continue;
    const op = { softmax, logSoftmax }[golden.op];
    test(`${golden.op} › ${golden.name}: the result and gradient are PyTorch's`, () =>
      expectGolden(device, golden, ({ input }) => op(input, golden.options.axis)));
  }
});

describe('softmax at the edges', () => {
  test('softmax › a masked entry of −∞ gets probability 0', async () => {
    const x = device.gpu.tensor([0, Number.NEGATIVE_INFINITY, 0], [3]);
    expect([...(await softmax(x).data())]).toEqual([0.5, 0, 0.5]);
  });

  test('softmax › NaN spreads over its own row only', async () => {
    const x = device.gpu.tensor([Number.NaN, 1, 2, 2], [2, 2]);
    const [a, b, c, d] = await softmax(x).data();
    expect([a, b]).toEqual([Number.NaN, Number.NaN]);
    expect([c, d]).toEqual([0.5, 0.5]);
  });

  test('logSoftmax › NaN spreads over its own row, −∞ keeps to itself', async () => {
    const { NaN: nan, NEGATIVE_INFINITY: masked } = Number;
    const x = device.gpu.tensor([nan, 1, masked, 2], [2, 2]);
    expect([...(await logSoftmax(x).data())]).toEqual([nan, nan, masked, 0]);
  });

  test('softmax › many short rows, the last workgroup partly used, match the f64 reference', async () => {
    const x = ref(
      [4999, 2],
      Float32Array.from({ length: 9998 }, (_, i) => Math.sin(i)),
    );
    expectClose(await download(softmax(device.upload(x))), reference.softmax(x), {
      relative: 1e-5,
      absolute: 1e-6,
    });
  });

  test('softmax › integers are refused', () => {
    expect(() => softmax(device.integers([1, 2]))).toThrow('softmax: x must be f32, got i32[2]');
  });

  test('logSoftmax › an axis outside the rank is refused', () => {
    const x = device.gpu.zeros([2, 3]);
    expect(() => logSoftmax(x, 2)).toThrow(ShapeError);
    expect(() => logSoftmax(x, 2)).toThrow('logSoftmax: axis 2 is out of range for 2 dimensions');
    expect(() => softmax(device.gpu.zeros([]), 1)).toThrow(
      'softmax: axis 1 is out of range for 1 dimensions',
    );
  });
});
