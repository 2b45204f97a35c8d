import { describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import {
  einsum,
  embedding,
  groupNorm,
  instanceNorm,
  interpolate,
  layerNorm,
  pixelShuffle,
  pixelUnshuffle,
  rmsNorm,
  scaledDotProductAttention,
} from '../../src/ops/table';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { download, useDevice } from './device';
import { expectGolden } from './golden';

const device = useDevice();
const ROUNDING = { relative: 1e-5, absolute: 1e-6 };

describe('figures of PyTorch', () => {
  for (const golden of readGolden('rows.json').cases) {
    test(`${golden.op} › ${golden.name}`, async () => {
      const running: Record<string, Tensor> = {};
      await expectGolden(
        device,
        golden,
        ({ input, weight, bias, q, k, v, mask, flags, labels, ...others }) => {
          switch (golden.op) {
            case 'layerNorm': {
              const { normalizedShape, eps } = golden.options;
              return layerNorm(input, normalizedShape, { weight, bias, eps });
            }
            case 'groupNorm':
              return groupNorm(input, golden.options.groups, { weight, bias });
            case 'instanceNorm': {
              const { runningMean, runningVar, ...options } = golden.options;
              running.runningMean = device.gpu.tensor(runningMean, [3]);
              running.runningVar = device.gpu.tensor(runningVar, [3]);
              return instanceNorm(input, { ...options, ...running, weight, bias });
            }
            case 'attention':
              return scaledDotProductAttention(q, k, v, { ...golden.options, mask: flags ?? mask });
            case 'einsum':
              return einsum(golden.options.equation, ...Object.values(others));
            case 'interpolate':
              return interpolate(input, golden.options);
            case 'embedding':
              return embedding(labels, weight, golden.options);
            default:
              return { pixelShuffle, pixelUnshuffle }[golden.op](input, golden.options.factor);
          }
        },
      );
      for (const [name, tensor] of Object.entries(running))
        expectClose(await download(tensor), golden.outputs[name], ROUNDING);
    });
  }
});

describe('norms of rows', () => {
  test('keep the digits of a variance where the mean is ten thousand times the deviation', async () => {
    const length = 100;
    const values = Array.from({ length }, (_, i) => 1e4 + ((i * 37) % 64) / 64);
    const x = device.gpu.tensor([...values, ...values], [2, length]);
    const y = await layerNorm(x, length, { eps: 0 }).data();
    const centre = values.reduce((a, b) => a + b, 0) / length;
    const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / length;
    const expected = values.map((value) => (value - centre) / Math.sqrt(variance));
    // A value of 1e4 is rounded to 1e-3 of a deviation; what is compared is exact.
    expectClose({ shape: [length], data: y.slice(length) }, ref([length], expected), {
      relative: 1e-3,
      absolute: 2e-3,
    });
  });

  test('of a constant row are the bias, and of rows with NaN are NaN alone', async () => {
    const bias = device.gpu.tensor([1, 2], [2]);
    const y = layerNorm(device.gpu.tensor([3, 3, Number.NaN, 1, 4, 6], [3, 2]), 2, { bias });
    const [a, b, c, d, e, f] = await y.data();
    expect([a, b, c, d]).toEqual([1, 2, Number.NaN, Number.NaN]);
    expect(e).toBeCloseTo(0, 4);
    expect(f).toBeCloseTo(3, 4);
  });

  test('of nothing are nothing, and give their parameters no gradient', async () => {
    const { gpu } = device;
    for (const shape of [
      [0, 3],
      [2, 0, 3],
    ]) {
      const weight = gpu.ones([3], { requiresGrad: true });
      const y = layerNorm(gpu.zeros(shape), 3, { weight });
      expect(y.shape).toEqual(shape);
      backward(y, gpu.zeros(shape));
      expect([...((await weight.grad?.data()) ?? [])]).toEqual([0, 0, 0]);
    }
    expect(rmsNorm(gpu.zeros([2, 0]), 0).shape).toEqual([2, 0]);
    expect(groupNorm(gpu.zeros([0, 4, 2]), 2).shape).toEqual([0, 4, 2]);
    expect(instanceNorm(gpu.zeros([2, 0, 2])).shape).toEqual([2, 0, 2]);
  });

  test('refuse what does not fit, in words', () => {
    const { gpu } = device;
    const [x, images] = [gpu.zeros([2, 3, 4]), gpu.zeros([2, 6, 2])];
    const cases: [() => Tensor, string][] = [
      [
        () => layerNorm(x, [3]),
        'layerNorm: normalizedShape is [3], expected one or more of the last lengths of',
      ],
      [() => layerNorm(gpu.zeros([]), []), 'layerNorm: normalizedShape is []'],
      [
        () => layerNorm(x, 4, { weight: gpu.zeros([3]) }),
        'layerNorm: weight has shape [3], input [2,3,4] expects [4]',
      ],
      [() => rmsNorm(x, [2, 4]), 'rmsNorm: normalizedShape is [2,4]'],
      [() => groupNorm(images, 4), 'groupNorm: 4 groups do not divide the 6 channels of the input [2,6,2]'],
      [() => groupNorm(images, 0), 'groupNorm: groups is 0, expected at least 1'],
      [() => groupNorm(gpu.zeros([3]), 1), 'groupNorm: input must be [N, C, ...], got f32[3]'],
      [
        () => instanceNorm(gpu.zeros([2, 3, 1])),
        'instanceNorm: a channel of input [2,3,1] has one value, expected at least two to normalise',
      ],
      [
        () => instanceNorm(images, { useInputStats: false }),
        'instanceNorm: without useInputStats it needs runningMean and runningVar',
      ],
      [() => instanceNorm(images, { runningMean: gpu.zeros([6]) }), 'belong together, only one was given'],
    ];
    for (const [call, message] of cases) {
      expect(call).toThrow(ShapeError);
      expect(call).toThrow(message);
    }
  });
});

describe('einsum', () => {
  test('takes its operands as an array, too, and subscripts with spaces', async () => {
    const { gpu } = device;
    const [a, b] = [gpu.tensor([1, 2], [2]), gpu.tensor([3, 4], [2])];
    const operands = [a, b] as unknown as Tensor;
    expect([...(await einsum('i, j -> j i', operands).data())]).toEqual([3, 6, 4, 8]);
    expect(await einsum('i,i', a, b).item()).toBe(11);
    expect(await einsum(',', gpu.tensor([3], []), gpu.tensor([4], [])).item()).toBe(12);
    expect([...(await einsum('ij,jk->ik', gpu.zeros([2, 0]), gpu.zeros([0, 1])).data())]).toEqual([0, 0]);
  });

  test('refuses what does not fit, in words', () => {
    const { gpu } = device;
    const [a, b] = [gpu.zeros([2, 3]), gpu.zeros([4, 2])];
    const cases: [() => Tensor, string][] = [
      [
        () => einsum('ij,jk->ik', a, b),
        "subscript 'j' in 'ij,jk->ik' is 3 long in one operand and 4 in another",
      ],
      [() => einsum('ij->ik', a), "subscript 'k' in the output of 'ij->ik' is in no operand"],
      [() => einsum('ij->ii', a), "subscript 'i' is there twice in the output of 'ij->ii'"],
      [() => einsum('ii', a), "subscript 'i' is there twice for an operand [2,3] of 'ii'"],
      [() => einsum('ijk', a), "operand 0 is [2,3], which does not fit its subscripts 'ijk' in 'ijk'"],
      [() => einsum('ij,jk', a), "'ij,jk' has subscripts for 2 operands, but 1 were given"],
      [() => einsum('i1', a), "'i1' in 'i1' is no list of subscripts"],
      [() => einsum('ij'), "'ij' with 0 operands"],
    ];
    for (const [call, message] of cases) {
      expect(call).toThrow(ShapeError);
      expect(call).toThrow(message);
    }
  });
});

describe('interpolate and pixelShuffle', () => {
  test('the gradient of a large reduction is that of every place read, the same bits each time', async () => {
    const { gpu } = device;
    const run = async () => {
      const x = gpu.ones([1, 1, 300], { requiresGrad: true });
      const y = interpolate(x, { size: 1000, mode: 'linear' });
      backward(y, gpu.ones(y.shape));
      return [...((await x.grad?.data()) ?? [])];
    };
    const found = await run();
    expect(found.reduce((a, b) => a + b, 0)).toBeCloseTo(1000, 2);
    expect(await run()).toEqual(found);
  });

  test('refuse what does not fit, in words', () => {
    const { gpu } = device;
    const x = gpu.zeros([1, 2, 4, 4]);
    const cases: [() => Tensor, string][] = [
      [() => interpolate(x, {}), 'interpolate: expected either size or scaleFactor'],
      [
        () => interpolate(x, { size: [2] }),
        'interpolate: size is [2], expected a whole number above 0, or 2',
      ],
      [() => interpolate(x, { size: 2, mode: 'linear' }), "expected [N, C] and 1 axes for the mode 'linear'"],
      [() => interpolate(x, { size: 2, alignCorners: true }), 'alignCorners is for linear and cubic modes'],
      [
        () => interpolate(x, { scaleFactor: 0.1 }),
        '[4,4] would become [0,0], expected lengths of at least 1',
      ],
      [
        () => interpolate(gpu.zeros([4, 4]), { size: 2 }),
        'interpolate: input is f32[4,4], expected [N, C, L]',
      ],
      [() => pixelShuffle(x, 2), 'pixelShuffle: input is [1,2,4,4], expected channels that 4 divides'],
      [
        () => pixelUnshuffle(x, 3),
        'pixelUnshuffle: input is [1,2,4,4], expected height and width that 3 divides',
      ],
      [() => pixelShuffle(gpu.zeros([4, 4]), 2), 'pixelShuffle: input must be [..., C, H, W], got f32[4,4]'],
    ];
    for (const [call, message] of cases) {
      expect(call).toThrow(ShapeError);
      expect(call).toThrow(message);
    }
  });
});

test('embedding › a padding row outside the table is refused', () => {
  const table = device.gpu.zeros([3, 2]);
  for (const paddingIdx of [3, -4])
    expect(() => embedding(device.integers([0]), table, { paddingIdx })).toThrow(
      `embedding: paddingIdx is ${paddingIdx}, expected a row of the table, from -3 to 2`,
    );
});
