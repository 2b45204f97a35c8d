import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { FisherError } from '../../src/fisher/errors';
import { gramLogDet } from '../../src/fisher/gram';
import { BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import { MaxPool2d } from '../../src/nn/pools';
import { exp } from '../../src/ops/activation';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { linear } from '../../src/ops/matmul/linear';
import { pad } from '../../src/ops/pad';
import { reshape } from '../../src/ops/reshape';
import type { Tensor } from '../../src/tensor/tensor';
import { fullLogDet, jacobian } from '../reference/fisher-log-det';
import { logDet } from '../reference/linalg';
import { ref } from '../reference/ref';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { NETS, toReference } from './log-det-nets';
import { cut, makeNet, makeSamples, onOwnGpu, type Samples, stirStatistics } from './nets';

const device = useGpu();

/** Per-sample gradients for all parameters by one backward pass a sample, on the GPU. */
async function oneByOne(net: Module, samples: Samples, classes = 0): Promise<number[][]> {
  const parameters = [...net.parameters().values()];
  net.eval();
  const rows: number[][] = [];
  for (const { inputs, labels } of cut(samples, 1)) {
    const logits = net.forward(inputs);
    const missing = Math.max(0, classes - logits.shape[1]);
    const grads = grad(crossEntropy(pad(logits, [0, missing]), labels), parameters);
    const values = await Promise.all(grads.map((tensor) => tensor.data()));
    rows.push(values.flatMap((value) => [...value]));
  }
  return rows;
}

describe('gramLogDet', () => {
  for (const [name, { layers, input, classes }] of Object.entries(NETS)) {
    test(`${name}: equals log det (δI + JᵀJ/N) in f64, J by finite differences`, async () => {
      const net = makeNet(device.gpu, layers);
      stirStatistics(net);
      const samples = makeSamples(device.gpu, [7, ...input], classes);
      const at = await toReference(net, samples);
      const rows = jacobian(layers, at.state, at.inputs, at.labels);
      for (const damping of [1, 1e-2, 1e-4]) {
        const found = await gramLogDet(net, cut(samples, 3), { damping, estimator: 'empirical' });
        expect(Math.abs(found - fullLogDet(rows, damping))).toBeLessThan(2e-4);
      }
    });
  }

  test('the cut into batches does not matter, and samples of different batches meet', async () => {
    const { layers, input, classes } = NETS['two convolutions with stride, padding and batch norm'];
    const net = makeNet(device.gpu, layers);
    const samples = makeSamples(device.gpu, [9, ...input], classes);
    const whole = await gramLogDet(net, [samples], { damping: 1e-3 });
    for (const size of [4, 1]) {
      const parts = await gramLogDet(net, cut(samples, size), { damping: 1e-3 });
      expect(Math.abs(parts - whole)).toBeLessThan(1e-3);
    }
    // The same samples again leave the Fisher, and so its determinant, as they are.
    const twice = await gramLogDet(net, [samples, samples], { damping: 1e-3 });
    expect(Math.abs(twice - whole)).toBeLessThan(1e-3);
  });

  test('a batch over the limit of a chunk gives what small batches give', async () => {
    const { gpu } = device;
    const net = new Sequential(
      new Conv2d(gpu, 2, 3, 3, { padding: 1 }),
      new MaxPool2d(32),
      new Flatten(),
      new Linear(gpu, 12, 3),
    );
    const samples = makeSamples(gpu, [60, 2, 64, 64], 3);
    const whole = await gramLogDet(net, [samples], { damping: 1e-2 });
    const parts = await gramLogDet(net, cut(samples, 16), { damping: 1e-2 });
    expect(Math.abs(whole - parts)).toBeLessThan(1e-3);
  });

  test('a layer over the limit of a tile matches single-sample gradients', async () => {
    const { gpu } = device;
    const net = new Sequential(
      new Conv2d(gpu, 12, 1400, 3),
      new ReLU(),
      new Flatten(),
      new Linear(gpu, 5600, 3),
    );
    const samples = makeSamples(gpu, [32, 12, 4, 4], 3);
    const rows = (await oneByOne(net, samples)).map((row) => Float64Array.from(row));
    const damping = 0.1;
    const inner = rows.flatMap((a, n) =>
      rows.map((b, m) => {
        let sum = 0;
        for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
        return sum / (32 * damping) + (n === m ? 1 : 0);
      }),
    );
    const expected = logDet(ref([32, 32], inner)).data[0] + net.parameterCount() * Math.log(damping);
    const found = await gramLogDet(net, [samples], { damping });
    expect(Math.abs(found - expected)).toBeLessThan(2e-4);
  });

  test('rows of several positions a sample are summed within the sample', async () => {
    const { gpu } = device;
    class Rows extends Module {
      readonly head = new Linear(gpu, 3, 2);
      private readonly flat = new Flatten();
      readonly last = new Linear(gpu, 8, 2);
      forward(x: Tensor): Tensor {
        return this.last.forward(this.flat.forward(exp(this.head.forward(x))));
      }
    }
    const net = new Rows();
    const samples = makeSamples(gpu, [5, 4, 3], 2);
    const expected = fullLogDet(await oneByOne(net, samples), 0.01);
    expect(Math.abs((await gramLogDet(net, cut(samples, 2), { damping: 0.01 })) - expected)).toBeLessThan(
      1e-3,
    );
  });

  test('logits are padded with zeros to the task’s classes', async () => {
    const { layers, input } = NETS['a perceptron'];
    const net = makeNet(device.gpu, layers);
    const samples = makeSamples(device.gpu, [6, ...input], 5);
    const expected = fullLogDet(await oneByOne(net, samples, 5), 0.01);
    expect(
      Math.abs((await gramLogDet(net, [samples], { damping: 0.01, classes: 5 })) - expected),
    ).toBeLessThan(1e-3);
  });

  test('parameters that the loss does not reach count with the damping alone', async () => {
    const { gpu } = device;
    class Lazy extends Module {
      readonly used = new Linear(gpu, 3, 2);
      readonly unused = new Linear(gpu, 4, 5);
      forward(x: Tensor): Tensor {
        return this.used.forward(x);
      }
    }
    const net = new Lazy();
    const samples = makeSamples(gpu, [4, 3], 2);
    const all = await gramLogDet(net, [samples], { damping: 0.1 });
    const own = await gramLogDet(net.used, [samples], { damping: 0.1 });
    expect(all - own).toBeCloseTo(25 * Math.log(0.1), 5);
  });

  test('batches may be freed once the next one is asked for; nothing is left behind, also after an error', async () => {
    await onOwnGpu(async (gpu) => {
      const { layers, input, classes } = NETS['two convolutions with stride, padding and batch norm'];
      const net = makeNet(gpu, layers);
      net.train();
      const samples = makeSamples(gpu, [6, ...input], classes);
      const expected = await gramLogDet(net, [samples], { damping: 0.01 });
      const { tensors: before } = await settledMemory(gpu);
      function* fleeting() {
        for (const batch of cut(samples, 2)) {
          yield batch;
          batch.inputs.dispose();
          batch.labels.dispose();
        }
      }
      expect(Math.abs((await gramLogDet(net, fleeting(), { damping: 0.01 })) - expected)).toBeLessThan(1e-3);
      expect(gpu.memory().tensors).toBe(before);
      expect(net.training).toBe(true);
      function* failing() {
        yield samples;
        throw new Error('the disk is gone');
      }
      await expect(gramLogDet(net, failing(), { damping: 0.01 })).rejects.toThrow('the disk is gone');
      expect(gpu.memory().tensors).toBe(before);
      expect(net.training).toBe(true);
    });
  });

  test('reports how well f32 did', async () => {
    const { layers, input, classes } = NETS['a perceptron'];
    const net = makeNet(device.gpu, layers);
    const reports: { size: number; jitter: number; residual: number }[] = [];
    await gramLogDet(net, [makeSamples(device.gpu, [6, ...input], classes)], {
      damping: 0.01,
      report: (facts) => reports.push(facts),
    });
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ size: 6, jitter: 0 });
    expect(reports[0].residual).toBeLessThan(1e-6);
  });
});

describe('gramLogDet refuses', () => {
  const perceptron = () => makeNet(device.gpu, NETS['a perceptron'].layers);
  const some = () => [makeSamples(device.gpu, [6, 5], 3)];

  test.each([[0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY]])('a damping of %d', async (damping) => {
    await expect(gramLogDet(perceptron(), some(), { damping })).rejects.toThrow(
      `gramLogDet: damping is ${damping}, expected a number above 0`,
    );
  });

  test('a damping that f32 cannot tell from rounding', async () => {
    const net = new Sequential(new Linear(device.gpu, 2, 2));
    const samples = makeSamples(device.gpu, [200, 2], 2);
    const found = gramLogDet(net, [samples], { damping: 1e-9 });
    await expect(found).rejects.toThrow(FisherError);
    await expect(found).rejects.toThrow(
      /f32 cannot tell the damping from rounding .* raise the damping \d+ times/,
    );
  });

  test('no samples, and no parameters', async () => {
    await expect(gramLogDet(perceptron(), [], { damping: 1 })).rejects.toThrow(/there are no samples/);
    const bare = new Sequential(new Flatten());
    await expect(gramLogDet(bare, some(), { damping: 1 })).rejects.toThrow(/no trainable parameters/);
  });

  test('logits that are not [N, C]', async () => {
    const net = new Sequential(new BatchNorm2d(device.gpu, 2));
    const samples = makeSamples(device.gpu, [3, 2, 2, 2], 2);
    await expect(gramLogDet(net, [samples], { damping: 1 })).rejects.toThrow(
      'gramLogDet: the network gave f32[3,2,2,2], expected logits [N, C], or [N, T, C] of sequences',
    );
  });

  test('a loss that is not finite', async () => {
    const net = perceptron();
    net.parameters().get('0.bias')?.write([Number.NaN, 0, 0, 0]);
    await expect(gramLogDet(net, some(), { damping: 1 })).rejects.toThrow(FisherError);
  });

  test('a parameter that is reshaped on the way to its second use', async () => {
    class Both extends Module {
      readonly own = device.gpu.ones([1, 3], { requiresGrad: true });
      forward(x: Tensor): Tensor {
        return linear(linear(x, this.own), reshape(this.own, [3, 1]));
      }
    }
    const found = gramLogDet(new Both(), [makeSamples(device.gpu, [2, 3], 3)], { damping: 1 });
    await expect(found).rejects.toThrow(/op reshape uses a parameter but has no rule/);
  });

  test('an op that uses a parameter but has no rule for factors', async () => {
    class Exponential extends Module {
      readonly weight = device.gpu.ones([3, 3], { requiresGrad: true });
      forward(x: Tensor): Tensor {
        return linear(x, exp(this.weight));
      }
    }
    const found = gramLogDet(new Exponential(), [makeSamples(device.gpu, [2, 3], 3)], { damping: 1 });
    await expect(found).rejects.toThrow(
      /op exp uses a parameter but has no rule for its per-sample gradients' factors/,
    );
  });

  test('a layer that folds samples into other rows', async () => {
    class Folded extends Module {
      readonly layer = new Linear(device.gpu, 2, 1, { bias: false });
      forward(x: Tensor): Tensor {
        return reshape(this.layer.forward(reshape(x, [6, 2])), [2, 3]);
      }
    }
    const found = gramLogDet(new Folded(), [makeSamples(device.gpu, [2, 6], 3)], { damping: 1 });
    await expect(found).rejects.toThrow('a call of linear has 6 rows for 2 samples');
  });
});
