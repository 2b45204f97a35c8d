import { beforeAll, describe, expect, test } from 'vitest';
import { GradientError } from '../../src/autograd/backward';
import type { Batch } from '../../src/data/batch';
import { diagonal } from '../../src/fisher/diagonal';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import { sqrt } from '../../src/ops/activation';
import { add, mul } from '../../src/ops/arithmetic';
import { matmul } from '../../src/ops/matmul/matmul';
import type { Gpu } from '../../src/tensor/gpu';
import { philox4x32 } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import type { GoldenLayer } from '../golden/read';
import { expectClose } from '../reference/close';
import { perSampleSquares } from '../reference/fisher';
import { logSoftmax } from '../reference/loss';
import { forward } from '../reference/network';
import { type Ref, ref } from '../reference/ref';
import { pad, slice } from '../reference/shape';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { cut, download, makeNet, makeSamples, oneByOne, onOwnGpu, stirStatistics } from './nets';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

const mlpLayers: readonly GoldenLayer[] = [
  { type: 'Linear', inFeatures: 6, outFeatures: 5 },
  { type: 'Tanh' },
  { type: 'Linear', inFeatures: 5, outFeatures: 3 },
];
const mlp = () => makeNet(gpu, mlpLayers);

/** Groups, a depthwise layer, stride, dilation, layers with and without bias, and batch norm between them. */
function cnn(gpu: Gpu): Sequential {
  const net = new Sequential(
    new Conv2d(gpu, 2, 4, 3, { padding: 1, stride: 2 }),
    new BatchNorm2d(gpu, 4),
    new ReLU(),
    new Conv2d(gpu, 4, 6, 3, { padding: 2, dilation: 2, groups: 2, bias: false }),
    new BatchNorm2d(gpu, 6),
    new ReLU(),
    new Conv2d(gpu, 6, 6, [1, 3], { padding: [0, 1], groups: 6 }),
    new Dropout(0.5),
    new Flatten(),
    new Linear(gpu, 6 * 4 * 4, 4),
  );
  stirStatistics(net);
  return net;
}

function expectSame(
  found: ReadonlyMap<string, Ref>,
  expected: ReadonlyMap<string, Ref>,
  relative = 1e-4,
): void {
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [name, wanted] of expected) {
    const largest = wanted.data.reduce((a, b) => Math.max(a, b), 0);
    const actual = found.get(name);
    if (!actual) throw new Error(`${name} is missing`);
    // A square of a difference of nearly equal terms keeps few digits of its own.
    expectClose(actual, wanted, { relative, absolute: 1e-6 * largest });
  }
}

const distinctFrom = (a: ReadonlyMap<string, Ref>, b: ReadonlyMap<string, Ref>): number =>
  Math.max(
    ...[...a].map(([name, { data }]) => {
      const other = b.get(name)?.data ?? data;
      return data.reduce((most, value, i) => Math.max(most, Math.abs(value / other[i] - 1)), 0);
    }),
  );

describe('the empirical diagonal', () => {
  test('diagonal › a perceptron: it is the mean of squares of single-sample gradients', async () => {
    const net = mlp();
    const samples = makeSamples(gpu, [9, 6], 3);
    expectSame(await download(await diagonal(net, cut(samples, 4))), await oneByOne(net, samples));
  });

  test('diagonal › convolutions and batch norms: it is the mean of squares of single-sample gradients', async () => {
    const net = cnn(gpu);
    const samples = makeSamples(gpu, [7, 2, 8, 7], 4);
    expectSame(await download(await diagonal(net, cut(samples, 4))), await oneByOne(net, samples));
  });

  test('diagonal › more classes than outputs: missing logits are zeros', async () => {
    const net = mlp();
    const samples = makeSamples(gpu, [8, 6], 7);
    const found = await download(await diagonal(net, [samples], { classes: 7 }));
    expectSame(found, await oneByOne(net, samples, 7));
  });

  test('diagonal › fewer classes than outputs: nothing is padded or cut', async () => {
    const net = mlp();
    const samples = makeSamples(gpu, [5, 6], 2);
    const found = await download(await diagonal(net, [samples], { classes: 2 }));
    expectSame(found, await oneByOne(net, samples));
  });

  test('diagonal › batches from an asynchronous generator that frees them', async () => {
    const net = mlp();
    const samples = makeSamples(gpu, [6, 6], 3);
    async function* batches() {
      for (const batch of cut(samples, 2)) {
        yield batch;
        batch.inputs.dispose();
        batch.labels.dispose();
      }
    }
    const expected = await oneByOne(net, samples);
    expectSame(await download(await diagonal(net, batches())), expected);
  });

  test('diagonal › a network in training mode is evaluated, and trains on after it', async () => {
    const net = cnn(gpu);
    const before = await net.stateDict().get('1.running_mean')?.data();
    const samples = makeSamples(gpu, [4, 2, 8, 7], 4);
    net.train();
    const found = await download(await diagonal(net, [samples]));
    expect(net.training).toBe(true);
    expect(await net.stateDict().get('1.running_mean')?.data()).toEqual(before);
    expectSame(found, await oneByOne(net, samples));
  });

  test('diagonal › a parameter that the loss does not reach has zeros, under every estimator', async () => {
    class WithSpare extends Module {
      readonly used = new Linear(gpu, 6, 3);
      readonly spare = new Linear(gpu, 2, 2);
      forward(x: Tensor): Tensor {
        return this.used.forward(x);
      }
    }
    const samples = makeSamples(gpu, [4, 6], 3);
    for (const estimator of ['empirical', 'mc', 'exact', 'batch', 'original'] as const) {
      const found = await download(await diagonal(new WithSpare(), [samples], { estimator }));
      expect([...(found.get('spare.weight')?.data ?? [])]).toEqual([0, 0, 0, 0]);
      expect(found.get('used.bias')?.data.every((value) => value > 0)).toBe(true);
    }
  });
});

describe('the other estimators', () => {
  test('diagonal › exact: it is the sum over classes of p (∂ log p)², padding included', async () => {
    const net = mlp();
    const count = 4;
    const classes = 5;
    const samples = makeSamples(gpu, [count, 6], 3);
    const state = Object.fromEntries(await download(net.stateDict()));
    const names = Object.keys(state);
    const inputs = ref([count, 6], await samples.inputs.data());
    const logP = (params: Ref[], n: number, c: number) => {
      const own = Object.fromEntries(params.map((param, i) => [names[i], param]));
      const logits = forward(mlpLayers, own, slice(inputs, 0, n, n + 1));
      return logSoftmax(pad(logits, [0, classes - 3]), 1).data[c];
    };
    const params = Object.values(state);
    const expected = perSampleSquares(
      (p, i) => {
        const [n, c] = [Math.floor(i / classes), i % classes];
        return Math.sqrt(Math.exp(logP(params, n, c)) / count) * logP(p, n, c);
      },
      params,
      count * classes,
    );
    const found = await download(await diagonal(net, cut(samples, 3), { estimator: 'exact', classes }));
    expectSame(found, new Map(names.map((name, i) => [name, expected[i]])));
  });

  test('diagonal › mc: many draws come to the exact one', async () => {
    const net = mlp();
    const { inputs, labels } = makeSamples(gpu, [4, 6], 3);
    // The same four samples 1000 times over: each gets draws of its own.
    const many: Batch[] = Array.from({ length: 20 }, () => ({
      inputs: add(gpu.zeros([50, 4, 6]), inputs).view([200, 6]),
      labels: gpu.tensor(new Int32Array(200), [200]),
    }));
    const drawn = await download(await diagonal(net, many, { estimator: 'mc', seed: 5 }));
    const exact = await download(await diagonal(net, [{ inputs, labels }], { estimator: 'exact' }));
    const empirical = await download(await diagonal(net, [{ inputs, labels }]));
    for (const [name, { data }] of exact) {
      const total = (of: Ref | undefined) => of?.data.reduce((sum, value) => sum + value, 0) ?? 0;
      expect(total(drawn.get(name)) / total({ shape: [], data })).toBeCloseTo(1, 1);
    }
    expect(distinctFrom(drawn, exact)).toBeLessThan(0.15);
    expect(distinctFrom(empirical, exact)).toBeGreaterThan(0.15);
  });

  test('diagonal › mc: the seed decides, the batch size does not', async () => {
    const net = mlp();
    const samples = makeSamples(gpu, [16, 6], 3);
    const run = async (size: number, seed: number) =>
      download(await diagonal(net, cut(samples, size), { estimator: 'mc', seed, classes: 4 }));
    const first = await run(16, 1);
    expect(await run(16, 1)).toEqual(first);
    expectSame(await run(5, 1), first, 1e-5);
    expect(distinctFrom(await run(16, 2), first)).toBeGreaterThan(0.1);
  });

  test('diagonal › mc: a sample’s draw is of the counter (number, 0, 2, 0), as random fills have 0 there and dropout 1', async () => {
    const [rows, classes, seed] = [16, 3, 5];
    const net = new Linear(gpu, rows, classes);
    net.weight.write(new Float32Array(rows * classes));
    net.bias?.write(new Float32Array(classes));
    const inputs = gpu.tensor(
      Array.from({ length: rows * rows }, (_, i) => Number(i % (rows + 1) === 0)),
      [rows, rows],
    );
    const batch = { inputs, labels: gpu.tensor(new Int32Array(rows), [rows]) };
    const found = await download(await diagonal(net, [batch], { estimator: 'mc', seed }));
    // One column of weights a sample: (1/3 − 1)² / 16 at the class drawn, (1/3)² / 16 elsewhere.
    const squares = found.get('weight')?.data ?? [];
    const drawn = Array.from({ length: rows }, (_, n) =>
      Array.from({ length: classes }, (_, c) => squares[c * rows + n] * rows).findIndex(
        (value) => value > 0.3,
      ),
    );
    const words = drawn.map((_, n) => philox4x32([n, 0, 2, 0], [seed, 0])[0]);
    expect(drawn).toEqual(words.map((word) => Math.floor((classes * word) / 2 ** 32)));
  });

  test("diagonal › batch: it squares each batch's mean gradient, and so is not the empirical one", async () => {
    const net = mlp();
    const samples = makeSamples(gpu, [8, 6], 3);
    const empirical = await download(await diagonal(net, cut(samples, 4)));
    const batch = await download(await diagonal(net, cut(samples, 4), { estimator: 'batch' }));
    expect(distinctFrom(batch, empirical)).toBeGreaterThan(0.3);
    const single = await download(await diagonal(net, cut(samples, 1), { estimator: 'batch' }));
    expectSame(single, empirical, 1e-5);
  });
});

describe('what a diagonal costs', () => {
  test('diagonal › no value is read back', async () => {
    const net = cnn(gpu);
    const samples = makeSamples(gpu, [6, 2, 8, 7], 4);
    const before = gpu.runtime.readback.readbacks;
    for (const estimator of ['empirical', 'mc', 'exact', 'batch', 'original'] as const) {
      await diagonal(net, cut(samples, 2), { estimator });
    }
    expect(gpu.runtime.readback.readbacks).toBe(before);
  });

  test('diagonal › memory does not grow over 50 batches, and only the result is left', () =>
    onOwnGpu(async (gpu) => {
      const net = cnn(gpu);
      const samples = makeSamples(gpu, [4, 2, 8, 7], 4);
      const before = await settledMemory(gpu);
      const held: number[] = [];
      function* batches() {
        for (let i = 0; i < 50; i++) {
          held.push(gpu.memory().bytesInUse);
          yield samples;
        }
      }
      const fisher = await diagonal(net, batches());
      expect(held.length).toBe(50);
      expect(new Set(held.slice(2)).size).toBe(1); // the second one brings what rounding takes from sums
      expect(gpu.memory().tensors).toBe(before.tensors + fisher.size);
      for (const tensor of fisher.values()) tensor.dispose();
      expect(gpu.memory().bytesInUse).toBe(before.bytesInUse);
    }));

  test('diagonal › the peak has no room for a gradient a sample', () =>
    onOwnGpu(async (gpu) => {
      const samples = 128;
      const net = new Sequential(
        new Conv2d(gpu, 8, 32, 3, { padding: 1 }),
        new Flatten(),
        new Linear(gpu, 32 * 16, 64),
        new Linear(gpu, 64, 4),
      );
      const inputs = gpu.randn([samples, 8, 4, 4]);
      const labels = gpu.tensor(new Int32Array(samples), [samples]);
      const { bytesInUse: before } = await settledMemory(gpu);
      await diagonal(net, [{ inputs, labels }]);
      const perSample = 4 * samples * net.parameterCount();
      expect(gpu.memory().peakBytes - before).toBeLessThan(perSample / 4);
    }));
});

describe('a diagonal that cannot be', () => {
  const samples = () => makeSamples(gpu, [4, 6], 6);

  test('diagonal › a parameter used twice by one call of an op without factors: nothing is left behind', () =>
    onOwnGpu(async (gpu) => {
      class Twice extends Module {
        readonly scale = gpu.ones([6], { requiresGrad: true });
        forward(x: Tensor): Tensor {
          return mul(mul(x, sqrt(this.scale)), sqrt(this.scale));
        }
      }
      const net = new Twice();
      const { tensors } = await settledMemory(gpu);
      const batch = makeSamples(gpu, [4, 6], 6);
      await expect(diagonal(net, [batch])).rejects.toThrow(GradientError);
      await expect(diagonal(net, [batch])).rejects.toThrow('op sqrt uses a parameter but has no rule');
      expect(net.training).toBe(true);
      expect(gpu.memory().tensors).toBe(tensors + 2);
    }));

  test('diagonal › a parameter of an op without a per-sample rule: the error names the op', async () => {
    class Product extends Module {
      readonly weight = gpu.ones([6, 6], { requiresGrad: true });
      forward(x: Tensor): Tensor {
        return matmul(x, sqrt(this.weight));
      }
    }
    await expect(diagonal(new Product(), [samples()])).rejects.toThrow('op sqrt uses a parameter');
  });

  test('diagonal › no batches, no parameters, an unknown estimator or a bad seed: the error says so', async () => {
    const net = new Linear(gpu, 6, 6);
    await expect(diagonal(net, [])).rejects.toThrow('there are no samples');
    await expect(diagonal(new ReLU(), [samples()])).rejects.toThrow('no trainable parameters');
    await expect(diagonal(net, [], { estimator: 'hessian' as 'exact' })).rejects.toThrow(
      "diagonal: unknown estimator 'hessian'; known are empirical, mc, exact, batch, original",
    );
    await expect(diagonal(net, [], { seed: -1 })).rejects.toThrow('seed is -1');
  });

  test('diagonal › a network that gives no rows of logits: the error shows what it gave', async () => {
    const net = new Conv2d(gpu, 1, 2, 1);
    const batch = makeSamples(gpu, [2, 1, 3, 3], 2);
    await expect(diagonal(net, [batch])).rejects.toThrow(
      'the network gave f32[2,2,3,3], expected logits [N, C], or [N, T, C] of sequences',
    );
  });
});
