import { describe, expect, test } from 'vitest';
import { FisherError } from '../../src/fisher/errors';
import { kfacLogDet } from '../../src/fisher/kfac';
import { Conv2d, Flatten, Linear, Sequential } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import { MaxPool2d } from '../../src/nn/pools';
import { exp } from '../../src/ops/activation';
import type { Tensor } from '../../src/tensor/tensor';
import { fullLogDet, jacobian, kfacLogDet as reference } from '../reference/fisher-log-det';
import { useGpu } from '../use-gpu';
import { NETS, toReference } from './log-det-nets';
import { cut, makeNet, makeSamples, onOwnGpu, stirStatistics } from './nets';

const device = useGpu();

describe('kfacLogDet', () => {
  for (const [name, { layers, input, classes }] of Object.entries(NETS)) {
    test(`${name}: equals log det of the Kronecker products written out in f64`, async () => {
      const net = makeNet(device.gpu, layers);
      stirStatistics(net);
      const samples = makeSamples(device.gpu, [7, ...input], classes);
      const at = await toReference(net, samples);
      for (const damping of [1, 1e-2, 1e-4]) {
        const found = await kfacLogDet(net, cut(samples, 3), { damping });
        const expected = reference(layers, at.state, at.inputs, at.labels, damping);
        expect(Math.abs(found - expected)).toBeLessThan(2e-4);
      }
    });
  }

  test('one sample and one layer: the product is exact, so that weak damping of both factors is all that differs', async () => {
    const layers = [{ type: 'Linear', inFeatures: 4, outFeatures: 3 }] as const;
    const net = makeNet(device.gpu, layers);
    const samples = makeSamples(device.gpu, [1, 4], 3);
    const at = await toReference(net, samples);
    // (aaᵀ + εI) ⊗ (ggᵀ + εI) has (|a|² + ε)(|g|² + ε), ε(|a|² + ε) twice, ε(|g|² + ε) four times and ε² eight times.
    const [row] = jacobian(layers, at.state, at.inputs, at.labels);
    const g = row.slice(-3).reduce((sum, value) => sum + value ** 2, 0);
    const a = at.inputs.data.reduce((sum, value) => sum + value ** 2, 1);
    const e = 0.1;
    const expected = 3 * (Math.log(a + e) + 4 * Math.log(e)) + 5 * (Math.log(g + e) + 2 * Math.log(e));
    expect(await kfacLogDet(net, [samples], { damping: e ** 2 })).toBeCloseTo(expected, 3);
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
    const [whole, parts] = [
      await kfacLogDet(net, [samples], { damping: 1e-2 }),
      await kfacLogDet(net, cut(samples, 16), { damping: 1e-2 }),
    ];
    expect(Math.abs(whole - parts)).toBeLessThan(1e-3);
  });

  test('a bias whose weight is frozen enters by its full block', async () => {
    const { gpu } = device;
    const layers = [{ type: 'Linear', inFeatures: 4, outFeatures: 3 }] as const;
    const net = makeNet(gpu, layers);
    const samples = makeSamples(gpu, [6, 4], 3);
    const at = await toReference(net, samples);
    const rows = jacobian(layers, at.state, at.inputs, at.labels).map((row) => row.slice(-3));
    for (const [name, tensor] of net.parameters()) if (name === '0.weight') tensor.requiresGrad = false;
    const found = await kfacLogDet(net, [samples], { damping: 0.01 });
    expect(found).toBeCloseTo(fullLogDet(rows, 0.01), 3);
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
    const all = await kfacLogDet(net, [samples], { damping: 0.1 });
    const own = await kfacLogDet(net.used, [samples], { damping: 0.1 });
    expect(all - own).toBeCloseTo(25 * Math.log(0.1), 5);
  });

  test('batches may be freed once the next one is asked for, memory does not grow with them, and nothing is left', async () => {
    await onOwnGpu(async (gpu) => {
      const { layers, input, classes } = NETS['two convolutions with stride, padding and batch norm'];
      const net = makeNet(gpu, layers);
      const before = gpu.memory().tensors;
      const held: number[] = [];
      function* fleeting() {
        for (let i = 0; i < 6; i++) {
          const { inputs, labels } = makeSamples(gpu, [2, ...input], classes, i);
          held.push(gpu.memory().tensors);
          yield { inputs, labels };
          inputs.dispose();
          labels.dispose();
        }
      }
      await kfacLogDet(net, fleeting(), { damping: 0.01 });
      expect(new Set(held.slice(2)).size).toBe(1); // the second one brings what rounding takes from sums
      expect(gpu.memory().tensors).toBe(before);
    });
  });

  test('reports how well f32 did for both factors of every layer', async () => {
    const { layers, input, classes } = NETS['groups, dilation and no bias'];
    const sizes: number[] = [];
    await kfacLogDet(makeNet(device.gpu, layers), [makeSamples(device.gpu, [6, ...input], classes)], {
      damping: 0.01,
      report: ({ size, jitter, residual }) => {
        sizes.push(size);
        expect(jitter).toBe(0);
        expect(residual).toBeLessThan(1e-6);
      },
    });
    // Two groups of 18 taps and 3 filters, six of 8 taps, a bias and 1 filter, and the head: 6 inputs, a bias, 2 classes.
    const factors = [...Array(2).fill([18, 3]), ...Array(6).fill([9, 1]), [7, 2]].flat();
    expect(sizes.sort((a, b) => a - b)).toEqual(factors.sort((a, b) => a - b));
  });

  test('refuses a damping of 0, no samples, and an op without a rule for factors', async () => {
    const { layers, input, classes } = NETS['a perceptron'];
    const net = makeNet(device.gpu, layers);
    const samples = makeSamples(device.gpu, [3, ...input], classes);
    await expect(kfacLogDet(net, [samples], { damping: 0 })).rejects.toThrow(FisherError);
    await expect(kfacLogDet(net, [], { damping: 1 })).rejects.toThrow('kfacLogDet: there are no samples');
    class Exponential extends Module {
      readonly weight = device.gpu.ones([3, 5], { requiresGrad: true });
      forward(): Tensor {
        return exp(this.weight);
      }
    }
    await expect(kfacLogDet(new Exponential(), [samples], { damping: 1 })).rejects.toThrow(/op exp uses/);
  });
});
