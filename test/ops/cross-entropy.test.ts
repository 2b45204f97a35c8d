import { describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { ShapeError } from '../../src/tensor/shape';
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

describe('crossEntropy refuses', () => {
  const message = (logits: readonly number[], labels: readonly number[]) => () =>
    crossEntropy(
      device.gpu.zeros(logits),
      device.integers(
        labels.map(() => 0),
        [labels.length],
      ),
    );

  test('logits that are not a matrix', () => {
    expect(message([2, 3, 4], [0, 0])).toThrow(ShapeError);
    expect(message([2, 3, 4], [0, 0])).toThrow('logits must be f32 [N, C] with C ≥ 1, got f32[2,3,4]');
    expect(message([2, 0], [0, 0])).toThrow('logits must be f32 [N, C] with C ≥ 1, got f32[2,0]');
  });

  test('another number of labels than rows', () => {
    expect(message([2, 3], [0, 0, 0])).toThrow('crossEntropy: labels [3] for logits [2,3], expected [2]');
  });

  test('labels that are not integers', () => {
    const call = () => crossEntropy(device.gpu.zeros([2, 3]), device.gpu.zeros([2]));
    expect(call).toThrow('labels must be i32 class numbers, got f32[2]; use an Int32Array');
  });

  test('the mean of no samples', () => {
    expect(message([0, 3], [])).toThrow('crossEntropy: no samples to take the mean of');
  });
});
