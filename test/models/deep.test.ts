import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { backward } from '../../src/autograd/backward';
import { noGrad } from '../../src/autograd/tape';
import { diagonal } from '../../src/fisher/diagonal';
import { pairUp } from '../../src/fisher/head';
import { makeNetwork } from '../../src/models/catalogue';
import type { Classifier, ClassifierOptions } from '../../src/models/classifier';
import { Conv2d } from '../../src/nn/layers';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { SGD } from '../../src/optim/sgd';
import type { Tensor } from '../../src/tensor/tensor';
import { loadTensors, saveTensors } from '../../src/training/checkpoint.node';
import { useFolder } from '../data/folder';
import { cut, download, makeSamples, oneByOne, type Samples, stirStatistics } from '../fisher/nets';
import { expectClose } from '../reference/close';
import { useGpu } from '../use-gpu';
import { DEEP_NAMES, FAMILIES } from './networks';

const held = useGpu();
const folder = useFolder();
/** Maps of 10, 5, 2 and 1 pixels need none of the kernels that are compiled a channel count. */
const SIZE = 10;
const CLASSES = 3;
const TINY: ClassifierOptions = { classes: CLASSES, width: 1 / 64 };

const made: Classifier[] = [];
afterEach(() => {
  for (const net of made.splice(0)) net.dispose();
});

function network(name: string, options: Partial<ClassifierOptions> = {}): Classifier {
  const net = makeNetwork(held.gpu, name, { ...TINY, ...options });
  made.push(net);
  return net;
}

const samplesOf = (count: number): Samples => makeSamples(held.gpu, [count, 3, SIZE, SIZE], CLASSES);

async function logitsOf(net: Classifier, inputs: Tensor): Promise<number[]> {
  net.eval();
  const logits = noGrad(() => held.gpu.scope(() => net.forward(inputs)));
  return [...(await logits.data())];
}

describe.each(DEEP_NAMES)('%s', (name) => {
  test('has at least one channel in every layer, however narrow', () => {
    const layers = [...network(name, { width: 1e-6 }).modules()].filter((layer) => layer instanceof Conv2d);
    // MobileNetV2 keeps to multiples of 8.
    const least = name === 'mobileNetV2' ? 8 : 1;
    expect(Math.min(...layers.map(({ weight }) => weight.shape[0]))).toBe(least);
    expect(layers.flatMap(({ weight }) => weight.shape).every((length) => length >= 1)).toBe(true);
  });

  test('ends in its head, where two networks may differ in their classes', () => {
    const [few, many] = [network(name, { classes: 2 }), network(name, { classes: 5 })].map((net) => ({
      net,
      parameters: net.parameters(),
    }));
    const { head } = many.net;
    expect([...many.parameters.values()].slice(-2)).toEqual([head.weight, head.bias]);
    const padded = pairUp('test', few.parameters, many.parameters).filter(
      ({ source, target }) => source.size !== target.size,
    );
    expect(padded.map(({ target }) => target)).toEqual([head.weight, head.bias]);
  });
});

describe.each(FAMILIES)('%s', (name) => {
  test('takes small grey images', async () => {
    const net = network(name, { channels: 1 });
    const logits = await logitsOf(net, held.gpu.randn([2, 1, SIZE, SIZE], { seed: 1 }));
    expect(logits).toHaveLength(2 * CLASSES);
    expect(logits.every(Number.isFinite)).toBe(true);
  });

  test('kernels start as torchvision’s: normal, by the fan out, or in, of DenseNet', async () => {
    const kernels = [...network(name, { width: 1 / 8 }).modules()].filter((layer) => layer instanceof Conv2d);
    const largest = kernels.reduce((a, b) => (b.weight.size > a.weight.size ? b : a));
    const [outputs, inputs, high, wide] = largest.weight.shape;
    const fan = (name.startsWith('densenet') ? inputs : outputs) * high * wide;
    const values = [...(await largest.weight.data())];
    const square = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    // Five standard deviations of a mean of squares; a tenth of normal draws lies beyond 1.645 deviations.
    expect(Math.abs((square * fan) / 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length));
    const far = values.filter((value) => Math.abs(value) > 1.645 * Math.sqrt(2 / fan)).length;
    expect(Math.abs(far / values.length - 0.1)).toBeLessThan(5 * Math.sqrt(0.09 / values.length));
    if (largest.bias) expect([...(await largest.bias.data())].every((value) => value === 0)).toBe(true);
  });

  test('learns four images by heart, and is the same after saving and loading', async () => {
    const { gpu } = held;
    gpu.manualSeed(1);
    const [net, other] = [network(name), network(name)];
    const { inputs, labels } = samplesOf(4);
    // No larger rate: over four images, 121 layers with batch norm magnify the last digits of a step.
    const optimizer = new SGD(net.parameters(), { lr: 0.02, momentum: 0.9 });
    const losses: number[] = [];
    for (let step = 0; step < 10; step++) {
      const loss = gpu.scope(() => {
        const result = crossEntropy(net.forward(inputs), labels);
        backward(result);
        return result;
      });
      optimizer.step();
      optimizer.zeroGrad();
      losses.push((await loss.data())[0]);
      loss.dispose();
    }
    optimizer.dispose();
    expect(Math.max(...losses.slice(-2)), `losses ${losses}`).toBeLessThan(0.8 * losses[0]);

    const file = join(folder.path, `${name}.safetensors`);
    await saveTensors(file, net.stateDict());
    const before = await logitsOf(net, inputs);
    expect(await logitsOf(other, inputs)).not.toEqual(before);
    other.loadStateDict((await loadTensors(file, () => undefined)).tensors);
    expect(await logitsOf(other, inputs)).toEqual(before);
  });

  test('diagonal › it is the mean of squares of single-sample gradients', async () => {
    const net = network(name);
    stirStatistics(net);
    const samples = samplesOf(3);
    const found = await download(await diagonal(net, cut(samples, 2)));
    const expected = await oneByOne(net, samples);
    expect([...found.keys()]).toEqual([...expected.keys()]);
    for (const [parameter, wanted] of expected) {
      const largest = Math.max(...wanted.data);
      const actual = found.get(parameter) ?? { shape: [], data: [] };
      // A square of a difference of nearly equal terms keeps few digits of its own.
      expectClose(actual, wanted, { relative: 1e-3, absolute: 1e-5 * largest });
    }
    expect(Math.max(...[...expected.values()].map(({ data }) => Math.max(...data)))).toBeGreaterThan(1e-6);
  });
});
