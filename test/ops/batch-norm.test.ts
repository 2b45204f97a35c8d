import { describe, expect, test } from 'vitest';
import { backward, GradientError } from '../../src/autograd/backward';
import { perSampleFactors, perSampleSquares } from '../../src/autograd/per-sample';
import { BatchNorm2d } from '../../src/nn/layers';
import { add } from '../../src/ops/arithmetic';
import { type BatchNormOptions, batchNorm2d } from '../../src/ops/batch-norm';
import { reshape } from '../../src/ops/reshape';
import { Random } from '../../src/tensor/random';
import { ShapeError } from '../../src/tensor/shape';
import { readGolden } from '../golden/read';
import { expectClose } from '../reference/close';
import { batchNorm2dTrain, updateRunningStatistics } from '../reference/norm';
import { type Ref, ref, size } from '../reference/ref';
import { download, useDevice } from './device';
import { expectGolden } from './golden';
import { row, squaresOneByOne } from './per-sample';

const device = useDevice();
const CLOSE = { relative: 1e-5, absolute: 1e-5 };
const ROUNDING = { relative: 1e-5, absolute: 1e-6 };

function normal(shape: readonly number[], stream: number, mean = 0): Ref {
  const random = new Random(3, stream);
  return ref(
    shape,
    Array.from({ length: size(shape) }, () => Math.fround(mean + random.normal())),
  );
}

/** Σ g · factor over samples and positions of each channel; factor 1 where left out. */
function sumOverChannels(g: Ref, factor?: Ref): Ref {
  const [, channels, ...plane] = g.shape;
  const sums = new Float64Array(channels);
  g.data.forEach((value, i) => {
    sums[Math.floor(i / size(plane)) % channels] += value * (factor ? factor.data[i] : 1);
  });
  return ref([channels], sums);
}

describe('batchNorm2d against PyTorch', () => {
  for (const golden of readGolden('batchnorm.json').cases) {
    test(`batchNorm2d › ${golden.name}: result, gradients and running statistics are PyTorch's`, async () => {
      const running = {
        runningMean: device.upload(golden.inputs.runningMean),
        runningVar: device.upload(golden.inputs.runningVar),
      };
      await expectGolden(device, golden, ({ input, weight, bias }) =>
        batchNorm2d(input, { ...golden.options, ...running, weight, bias }),
      );
      expectClose(await download(running.runningMean), golden.outputs.runningMean, ROUNDING);
      expectClose(await download(running.runningVar), golden.outputs.runningVar, ROUNDING);
    });
  }
});

describe('batchNorm2d statistics', () => {
  async function runningAfter(x: Ref): Promise<{ found: Ref[]; expected: Ref[] }> {
    const start = {
      mean: ref([x.shape[1]], new Float64Array(x.shape[1])),
      variance: normal([x.shape[1]], 8, 5),
    };
    const runningMean = device.upload(start.mean);
    const runningVar = device.upload(start.variance);
    batchNorm2d(device.upload(x), { runningMean, runningVar, training: true, momentum: 0.75 });
    const after = updateRunningStatistics(x, start.mean, start.variance, 0.75);
    return {
      found: [await download(runningMean), await download(runningVar)],
      expected: [after.runningMean, after.runningVar],
    };
  }

  test('batchNorm2d › the variance keeps its digits where the mean is ten thousand times the deviation', async () => {
    const { found, expected } = await runningAfter(normal([8, 2, 6, 5], 1, 1e4));
    expectClose(found[0], expected[0], { relative: 1e-6, absolute: 0 });
    expectClose(found[1], expected[1], { relative: 1e-4, absolute: 0 });
  });

  for (const plane of [
    [1, 1],
    [7, 9],
    [8, 8],
    [5, 13],
    [12, 12],
  ]) {
    test(`batchNorm2d › planes of ${plane.join(' × ')} are each walked once`, async () => {
      const { found, expected } = await runningAfter(normal([9, 3, ...plane], 2));
      for (const [i, wanted] of expected.entries()) expectClose(found[i], wanted, ROUNDING);
    });
  }

  test('batchNorm2d › a tenth of the batch goes into the running statistics where no momentum is given', async () => {
    const running = { runningMean: device.gpu.zeros([1]), runningVar: device.gpu.ones([1]) };
    batchNorm2d(device.gpu.tensor([0, 20], [2, 1, 1, 1]), { ...running, training: true });
    // The mean is 10, the unbiased variance 200.
    expectClose(await download(running.runningMean), ref([1], [1]), ROUNDING);
    expectClose(await download(running.runningVar), ref([1], [0.9 + 20]), ROUNDING);
  });

  test('batchNorm2d › with momentum null the running statistics are the mean of those of all batches', async () => {
    const norm = new BatchNorm2d(device.gpu, 1, { momentum: null });
    for (const batch of [
      [0, 20],
      [10, 50],
    ])
      norm.forward(device.gpu.tensor(batch, [2, 1, 1, 1]));
    // Means 10 and 30, unbiased variances 200 and 800.
    expectClose(await download(norm.running_mean), ref([1], [20]), ROUNDING);
    expectClose(await download(norm.running_var), ref([1], [500]), ROUNDING);
    expect(await norm.stateDict().get('num_batches_tracked')?.item()).toBe(2);
    const uncounted = { training: true, momentum: null } as const;
    const running = { runningMean: device.gpu.zeros([1]), runningVar: device.gpu.ones([1]) };
    expect(() => batchNorm2d(device.gpu.zeros([2, 1, 1, 1]), { ...uncounted, ...running })).toThrow(
      'batchNorm2d: momentum null needs numBatchesTracked, a tensor [] that counts the batches, got none',
    );
  });

  test('batchNorm2d › without running statistics evaluation uses the batch’s own', async () => {
    const norm = new BatchNorm2d(device.gpu, 1, { trackRunningStats: false, eps: 0 }).eval();
    expect([...norm.stateDict().keys()]).toEqual(['weight', 'bias']);
    const y = norm.forward(device.gpu.tensor([1, 5], [2, 1, 1, 1]));
    expect([...(await y.data())]).toEqual([-1, 1]);
  });

  test('batchNorm2d › evaluation leaves the running statistics as they are', async () => {
    const running = { runningMean: device.gpu.zeros([2]), runningVar: device.gpu.ones([2]) };
    batchNorm2d(device.upload(normal([4, 2, 3, 3], 3, 7)), running);
    expect([...(await running.runningMean.data())]).toEqual([0, 0]);
    expect([...(await running.runningVar.data())]).toEqual([1, 1]);
  });
});

describe.each([
  [0, 'whole channels'],
  [1, 'channels in parts'],
])('batchNorm2d by its kernels number %i, of %s', (turn, how) => {
  for (const plane of [
    [41, 39],
    [40, 40],
  ]) {
    test(`batchNorm2d › ${how} of ${plane.join(' × ')} are as in f64, and the gradients`, async () => {
      const x = normal([7, 2, ...plane], 1, 5);
      const [scale, shift] = [normal([2], 2), normal([2], 3)];
      const [g, start] = [normal(x.shape, 4), { mean: normal([2], 5), variance: normal([2], 6, 5) }];
      const statistics = updateRunningStatistics(x, start.mean, start.variance, 0.75);
      const ways = await device.gpu.variants.attempt(turn, async () => {
        const [weight, bias] = [device.upload(scale, true), device.upload(shift, true)];
        const [runningMean, runningVar] = [device.upload(start.mean), device.upload(start.variance)];
        const options = { weight, bias, runningMean, runningVar, training: true, momentum: 0.75 };
        const y = batchNorm2d(device.upload(x), options);
        backward(y, device.upload(g));
        expectClose(await download(y), batchNorm2dTrain(x, { weight: scale, bias: shift }), CLOSE);
        expectClose(await download(runningMean), statistics.runningMean, CLOSE);
        expectClose(await download(runningVar), statistics.runningVar, CLOSE);
        const normalised = batchNorm2dTrain(x);
        for (const [parameter, factor] of [
          [weight, normalised],
          [bias, undefined],
        ] as const) {
          const expected = sumOverChannels(g, factor);
          expectClose(await download(parameter.grad ?? parameter), expected, {
            relative: 1e-4,
            absolute: 1e-3,
          });
        }
      });
      expect(ways).toBe(2);
    });
  }
});

describe('batchNorm2d gradients', () => {
  test('batchNorm2d › a frozen weight gets no gradient beside a trained bias', async () => {
    const weight = device.gpu.ones([2]);
    const bias = device.gpu.zeros([2], { requiresGrad: true });
    const y = batchNorm2d(device.upload(normal([3, 2, 2, 2], 4)), { weight, bias, training: true });
    backward(y, device.gpu.ones(y.shape));
    expect(weight.grad).toBeNull();
    expect([...((await bias.grad?.data()) ?? [])]).toEqual([12, 12]);
  });

  test.each([0, 1])(
    'batchNorm2d › per-sample squares in evaluation, by kernel number %i, are those of single backward passes',
    async (turn) => {
      const x = normal([70, 3, 4, 3], 5);
      const g = normal(x.shape, 6);
      const weight = device.upload(normal([3], 7), true);
      const bias = device.upload(normal([3], 8), true);
      const options = {
        weight,
        bias,
        runningMean: device.upload(normal([3], 9)),
        runningVar: device.upload(normal([3], 10, 5)),
      };
      const expected = await squaresOneByOne(70, [weight, bias], (n) => ({
        output: batchNorm2d(device.upload(row(x, n)), options),
        start: device.upload(row(g, n)),
      }));
      const ways = await device.gpu.variants.attempt(turn, async () => {
        const y = batchNorm2d(device.upload(x), options);
        const found = perSampleSquares(y, device.upload(g), new Set([weight, bias]));
        for (const [i, parameter] of [weight, bias].entries()) {
          const squares = await download(found.get(parameter) ?? parameter);
          expectClose(squares, expected[i], { relative: 1e-4, absolute: 1e-6 });
        }
      });
      expect(ways).toBe(2);
    },
  );

  test.each([
    ['of its own parameters', true],
    ['of parameters before it', false],
  ])('batchNorm2d › per-sample gradients %s are refused in training', (_, affine) => {
    const parameter = device.gpu.ones([2], { requiresGrad: true });
    const x = device.gpu.zeros([2, 2, 2, 2]);
    const y = affine
      ? batchNorm2d(x, { weight: parameter, training: true })
      : batchNorm2d(add(x, reshape(parameter, [2, 1, 1])), { training: true });
    for (const rule of [perSampleSquares, perSampleFactors]) {
      const call = () => rule(y, device.gpu.ones(y.shape), new Set([parameter]));
      expect(call).toThrow(GradientError);
      expect(call).toThrow(
        'batchNorm2d: samples mix, so there are no per-sample gradients; evaluate (net.eval()) first',
      );
    }
  });
});

describe('batchNorm2d refuses', () => {
  const call = (shape: readonly number[], options: () => BatchNormOptions) => () =>
    batchNorm2d(device.gpu.zeros(shape), options());
  const zeros = (length: number) => device.gpu.zeros([length]);

  test('evaluation without running statistics', () => {
    expect(call([2, 3, 4, 4], () => ({}))).toThrow(ShapeError);
    expect(call([2, 3, 4, 4], () => ({}))).toThrow('evaluation needs runningMean and runningVar');
  });

  test('one running statistic without the other', () => {
    const options = () => ({ runningVar: zeros(3), training: true });
    expect(call([2, 3, 4, 4], options)).toThrow('runningMean and runningVar belong together');
  });

  test('an input that is not [N,C,H,W]', () => {
    expect(call([2, 3], () => ({ training: true }))).toThrow('input must be f32 [N,C,H,W], got f32[2,3]');
  });

  test('per-channel tensors of another length', () => {
    for (const name of ['weight', 'bias'] as const) {
      expect(call([2, 3, 4, 4], () => ({ training: true, [name]: zeros(4) }))).toThrow(
        `batchNorm2d: ${name} has shape [4], input [2,3,4,4] expects [3]`,
      );
    }
    expect(call([2, 3, 4, 4], () => ({ runningMean: zeros(2), runningVar: zeros(3) }))).toThrow(
      'runningMean has shape [2]',
    );
    expect(call([2, 3, 4, 4], () => ({ runningMean: zeros(3), runningVar: zeros(2) }))).toThrow(
      'runningVar has shape [2]',
    );
  });

  test('training on one value a channel, whose variance is nothing', () => {
    expect(call([1, 3, 1, 1], () => ({ training: true }))).toThrow('at least two values a channel');
  });
});
