import { afterEach, describe, expect, test } from 'vitest';
import { TaskgradError } from '../../runtime/errors';
import { noGrad } from '../../src/autograd/tape';
import { makeNetwork } from '../../src/models/catalogue';
import type { Classifier, ClassifierOptions } from '../../src/models/classifier';
import { ShapeError } from '../../src/tensor/shape';
import { useGpu } from '../use-gpu';
import { SEED_NAMES } from './networks';

const held = useGpu();
const made: Classifier[] = [];
afterEach(() => {
  for (const net of made.splice(0)) net.dispose();
});

function network(name: string, options: ClassifierOptions): Classifier {
  const net = makeNetwork(held.gpu, name, options);
  made.push(net);
  return net;
}

const conv5 = (from: number, to: number) => to * from * 25 + to;
const dense = (...widths: number[]) =>
  widths.slice(1).reduce((sum, width, i) => sum + width * widths[i] + width, 0);

describe('parameter counts', () => {
  const published: [string, ClassifierOptions, number][] = [
    ['NN1', { classes: 10 }, conv5(1, 16) + conv5(16, 32) + dense(32 * 28 * 28, 1024, 128, 10)],
    ['NN2', { classes: 5 }, dense(784, 1024, 512, 256, 128, 5)],
    ['NN3', { classes: 2 }, conv5(1, 16) + conv5(16, 32) + conv5(32, 64) + dense(64 * 14 * 14, 1024, 128, 2)],
    [
      'smallCifarNet',
      { classes: 10, channels: 3, size: 32 },
      conv5(3, 16) + conv5(16, 32) + dense(2048, 1024, 128, 10),
    ],
  ];
  test.each(published)("%s has the published layers' parameters", (name, options, count) => {
    expect(network(name, options).parameterCount()).toBe(count);
  });

  test('smallCifarNet is for CIFAR by default', () => {
    expect(network('smallCifarNet', { classes: 10 }).parameterCount()).toBe(published[3][2]);
  });

  test('a width of a quarter is one on every hidden layer, and not on images and classes', () => {
    const net = network('NN1', { classes: 10, width: 0.25 });
    expect(net.parameterCount()).toBe(conv5(1, 4) + conv5(4, 8) + dense(8 * 28 * 28, 256, 32, 10));
    const least = network('NN2', { classes: 3, width: 1e-6 });
    expect(least.parameterCount()).toBe(dense(784, 1, 1, 1, 1, 3));
  });

  test('the head is the classifier, and listed once', () => {
    const net = network('NN2', { classes: 3, width: 0.1 });
    expect([...net.parameters().values()].slice(-2)).toEqual([net.head.weight, net.head.bias]);
    expect([...net.stateDict().keys()].filter((name) => name.startsWith('head'))).toEqual([]);
  });

  test('names are the original program’s', () => {
    const names = [...network('NN3', { classes: 2, width: 0.1 }).parameters().keys()];
    const layers = ['encoder.0', 'encoder.2', 'encoder.4', 'encoder.8', 'encoder.10', 'classifier'];
    expect(names).toEqual(layers.flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]));
  });
});

describe.each(SEED_NAMES)('%s', (name) => {
  test.each([
    [1, 28],
    [3, 28],
    [1, 32],
    [3, 32],
  ])('takes images of %i channels and %i pixels', async (channels, size) => {
    const { gpu } = held;
    const net = network(name, { classes: 7, channels, size, width: 0.1 });
    const result = noGrad(() =>
      gpu.scope(() => net.forward(gpu.randn([2, channels, size, size], { seed: 1 }))),
    );
    expect(result.shape).toEqual([2, 7]);
    expect([...(await result.data())].every(Number.isFinite)).toBe(true);
    result.dispose();
  });

  test('refuses images of another size', () => {
    const { gpu } = held;
    const net = network(name, { classes: 7, channels: 1, size: 28, width: 0.1 });
    expect(() => gpu.scope(() => net.forward(gpu.zeros([1, 1, 32, 32])))).toThrow(ShapeError);
  });
});

test.each(['NN4', 'toString', ''])('a network called %j is unknown, and the known ones are named', (name) => {
  const make = () => network(name, { classes: 2 });
  expect(make).toThrow(TaskgradError);
  expect(make).toThrow(`unknown network '${name}'; known are NN1, NN2, NN3, smallCifarNet, vgg11`);
});
