import { describe, expect, test } from 'vitest';
import { backward, grad as gradOf } from '../../src/autograd/backward';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { ArgumentError } from '../../src/tensor/guard';
import { Random } from '../../src/tensor/random';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { useDevice } from './device';
import { expectGolden } from './golden';

const device = useDevice();

describe('crossEntropy against PyTorch', () => {
  for (const golden of readGolden('loss.json').cases) {
    if (golden.op !== 'crossEntropy') continue;
    test(`crossEntropy › ${golden.name}: the loss and gradient are PyTorch's`, () =>
      expectGolden(device, golden, ({ logits, labels }) => crossEntropy(logits, labels, golden.options)));
  }
});

describe('crossEntropy at the edges', () => {
  test('crossEntropy › logits at the ends of f32 give a finite loss and gradient', async () => {
    const logits = device.gpu.tensor([3e38, 0, -3e38, 0], [2, 2], { requiresGrad: true });
    const loss = crossEntropy(logits, device.integers([0, 1]), { reduction: 'none' });
    expect([...(await loss.data())]).toEqual([0, 0]);
    backward(loss, device.gpu.ones([2]));
    expect([...((await logits.grad?.data()) ?? [])]).toEqual([0, 0, 0, 0]);
  });

  test('crossEntropy › a label out of range makes its own row NaN, and the mean', async () => {
    const logits = device.gpu.zeros([5, 2], { requiresGrad: true });
    const labels = device.integers([0, -1, 2, 2147483647, 1]);
    const rows = crossEntropy(logits, labels, { reduction: 'none' });
    const isNaNRow = [false, true, true, true, false];
    expect([...(await rows.data())].map(Number.isNaN)).toEqual(isNaNRow);
    expect(await crossEntropy(logits, labels).item()).toBeNaN();

    backward(rows, device.gpu.ones([5]));
    const found = [...((await logits.grad?.data()) ?? [])];
    expect(found.map(Number.isNaN)).toEqual(isNaNRow.flatMap((row) => [row, row]));
  });

  test('crossEntropy › NaN among the logits shows in the loss', async () => {
    const nan = Number.NaN;
    const logits = device.gpu.tensor([0, nan, nan, 0, nan, nan, 0, 0], [4, 2]);
    const rows = crossEntropy(logits, device.integers([0, 0, 0, 0]), { reduction: 'none' });
    expect([...(await rows.data())].map(Number.isNaN)).toEqual([true, true, true, false]);
    expect(await crossEntropy(logits, device.integers([0, 0, 0, 0])).item()).toBeNaN();
  });
});

describe('crossEntropy with ignored labels', () => {
  test('crossEntropy › the mean over ignored samples alone is NaN and has the gradient 0, as PyTorch has', async () => {
    const logits = device.gpu.tensor([1, 2, 3, 4], [2, 2], { requiresGrad: true });
    const loss = crossEntropy(logits, device.integers([-100, -100]));
    expect(await loss.item()).toBeNaN();
    backward(loss);
    expect([...((await logits.grad?.data()) ?? [])]).toEqual([0, 0, 0, 0]);
  });

  test('crossEntropy › another label out of range stays NaN beside them', async () => {
    const logits = device.gpu.zeros([3, 2]);
    const labels = device.integers([-100, -1, 0]);
    const rows = [...(await crossEntropy(logits, labels, { reduction: 'none' }).data())];
    expect(rows).toEqual([0, Number.NaN, Math.fround(Math.LN2)]);
    expect(await crossEntropy(logits, labels).item()).toBeNaN();
    expect(await crossEntropy(logits, labels, { ignoreIndex: -1 }).item()).toBeNaN();
  });

  test('crossEntropy › NaN among the logits of an ignored sample does not show', async () => {
    const logits = device.gpu.tensor([Number.NaN, 0, 0, 0], [2, 2], { requiresGrad: true });
    const loss = crossEntropy(logits, device.integers([-100, 1]));
    expect(await loss.item()).toBeCloseTo(Math.LN2, 6);
    backward(loss);
    expect([...((await logits.grad?.data()) ?? [])]).toEqual([0, 0, 0.5, -0.5]);
  });

  test.each([4096, 4097, 100_000])(
    'crossEntropy › the mean of %i rows is that of those that count',
    async (rows) => {
      const random = new Random(3);
      const values = Float32Array.from({ length: 2 * rows }, () => random.normal());
      const labels = Array.from({ length: rows }, () => random.int(3) - 1);
      const logits = device.gpu.tensor(values, [rows, 2], { requiresGrad: true });
      let total = 0;
      labels.forEach((label, n) => {
        if (label >= 0) total += Math.log1p(Math.exp(values[2 * n + 1 - label] - values[2 * n + label]));
      });
      const counted = labels.filter((label) => label >= 0).length;
      const loss = crossEntropy(logits, device.integers(labels), { ignoreIndex: -1 });
      expect(Math.abs((await loss.item()) / (total / counted) - 1)).toBeLessThan(1e-6);
      backward(loss);
      const found = (await logits.grad?.data()) ?? [];
      labels.forEach((label, n) => {
        const other =
          label < 0 ? 0 : 1 / (1 + Math.exp(values[2 * n + label] - values[2 * n + 1 - label])) / counted;
        expect(Math.abs(found[2 * n + 1 - Math.max(label, 0)] - other)).toBeLessThanOrEqual(3e-7 / counted);
      });
    },
  );

  test('crossEntropy › a captured step counts anew at each replay', async () => {
    const { gpu } = device;
    const logits = gpu.tensor([0, 1, 2, 0, 0, 0], [3, 2], { requiresGrad: true });
    const labels = device.integers([0, 0, 0]);
    const step = gpu.capture(() => {
      const loss = crossEntropy(logits, labels);
      backward(loss);
      const { grad } = logits;
      if (!grad) throw new Error('the logits have no gradient');
      logits.grad = null;
      return { loss, grad };
    });
    for (const own of [
      [0, 0, 0],
      [-100, 0, 1],
      [1, -100, -100],
      [-100, -100, -100],
      [0, 1, -100],
    ]) {
      labels.write(own);
      const { loss, grad } = step.replay();
      const plain = crossEntropy(logits, device.integers(own));
      expect(await loss.item()).toBe(await plain.item());
      const [expected] = gradOf(plain, [logits]);
      expect([...(await grad.data())]).toEqual([...(await expected.data())]);
    }
    step.dispose();
  });
});

describe('crossEntropy refuses', () => {
  const message = (logits: readonly number[], labels: readonly number[]) => () =>
    crossEntropy(
      device.gpu.zeros(logits),
      device.integers(
        labels.map(() => 0),
        [labels.length],
      ),
    );

  test('logits without classes', () => {
    expect(message([2, 0], [0, 0])).toThrow(ShapeError);
    const expected = 'crossEntropy: logits must be f32 [C], [N, C] or [N, C, ...] with C ≥ 1, got';
    expect(message([2, 0], [0, 0])).toThrow(`${expected} f32[2,0]`);
    expect(message([], [0])).toThrow(`${expected} f32[]`);
  });

  test('another number of labels than rows', () => {
    expect(message([2, 3], [0, 0, 0])).toThrow('crossEntropy: labels [3] for logits [2,3], expected [2]');
    expect(message([2, 3, 4], [0, 0])).toThrow('crossEntropy: labels [2] for logits [2,3,4], expected [2,4]');
  });

  test('class numbers in a column, and in place of probabilities', () => {
    const labels = (...shape: number[]) => device.integers(new Array(shape[0] * shape[1]).fill(0), shape);
    const call = (given: Tensor) => () => crossEntropy(device.gpu.zeros([2, 3]), given);
    expect(call(labels(2, 1))).toThrow('crossEntropy: labels [2,1] for logits [2,3], expected [2]');
    expect(call(labels(2, 3))).toThrow('crossEntropy: labels must be f32 probabilities, got i32[2,3]');
    expect(call(device.gpu.zeros([2, 2]))).toThrow(
      'crossEntropy: labels [2,2] for logits [2,3], expected [2,3]',
    );
  });

  test('labels that are not integers', () => {
    const call = () => crossEntropy(device.gpu.zeros([2, 3]), device.gpu.zeros([2]));
    expect(call).toThrow('labels must be i32 class numbers, got f32[2]; use an Int32Array');
  });

  test.each([0.5, Number.NaN, 2 ** 31, '1'])('%s as the ignored label', (ignoreIndex) => {
    const call = () =>
      crossEntropy(device.gpu.zeros([1, 2]), device.integers([0]), { ignoreIndex: ignoreIndex as number });
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow('expected a whole number from -2147483648 to 2147483647');
  });

  test('weights of another number of classes, smoothing above 1, a class ignored beside probabilities', () => {
    const [logits, labels] = [device.gpu.zeros([2, 3]), device.integers([0, 1])];
    expect(() => crossEntropy(logits, labels, { weight: device.gpu.ones([2]) })).toThrow(
      'crossEntropy: weight [2] for logits [2,3], expected one number a class, [3]',
    );
    expect(() => crossEntropy(logits, labels, { labelSmoothing: 1.5 })).toThrow(
      'labelSmoothing is 1.5, expected a number from 0 to 1',
    );
    expect(() => crossEntropy(logits, logits, { ignoreIndex: 1 })).toThrow('ignoreIndex is 1, expected none');
  });
});
