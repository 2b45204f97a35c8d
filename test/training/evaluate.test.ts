import { describe, expect, test } from 'vitest';
import { noGrad } from '../../src/autograd/tape';
import type { Module } from '../../src/nn/module';
import { openGpu } from '../../src/node';
import { SGD } from '../../src/optim/sgd';
import { TrainingError } from '../../src/training/errors';
import { evaluate } from '../../src/training/evaluate';
import { fit as train } from '../../src/training/fit';
import { warmUp } from '../../src/training/warm-up';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { CLASSES, COUNT, toyImages, toyNet, toySplit } from './toy';

const held = useGpu();

async function state(net: Module) {
  return Promise.all([...net.stateDict()].map(async ([name, tensor]) => [name, ...(await tensor.data())]));
}

async function trained(gpu = held.gpu) {
  const net = toyNet(gpu);
  const images = toyImages(gpu);
  const optimizer = new SGD(net.parameters(), { lr: 0.02 });
  await train(net, optimizer, images, toySplit(), { name: 'toy', epochs: 1, batchSize: 8, seed: 0 });
  return { net, images };
}

describe('evaluate', () => {
  test('counts as the CPU does, whatever the batch size', async () => {
    const { net, images } = await trained();
    const split = toySplit();
    const order = images.order(Uint32Array.from(split.indices), Int32Array.from(split.labels));
    const logits = await noGrad(() => net.eval().forward(images.batch(order, 0, COUNT).inputs)).data();
    net.train();
    let [loss, correct] = [0, 0];
    split.labels.forEach((label, row) => {
      const scores = [...logits.slice(row * CLASSES, (row + 1) * CLASSES)];
      loss += Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[label];
      correct += Number(scores.indexOf(Math.max(...scores)) === label);
    });
    for (const batchSize of [5, COUNT, 100]) {
      const found = await evaluate(net, images, split, batchSize);
      expect(found.loss).toBeCloseTo(loss / COUNT, 5);
      expect(found.accuracy).toBeCloseTo(correct / COUNT, 6);
    }
  });

  test('leaves every module in its mode, and weights, statistics and memory as they were', async () => {
    const gpu = await openGpu(); // no tensor of an earlier test is collected on it
    const { net, images } = await trained(gpu);
    const modules = [...net.modules()];
    modules[2].eval(); // a frozen batch norm inside a network in training
    const before = { modes: modules.map(({ training }) => training), state: await state(net) };
    const { tensors } = await settledMemory(gpu);
    await evaluate(net, images, toySplit(), 8);
    expect({ modes: modules.map(({ training }) => training), state: await state(net) }).toEqual(before);
    expect(new Set(before.modes)).toEqual(new Set([true, false]));
    expect(gpu.memory().tensors).toBe(tensors);
    gpu.dispose();
  });

  test('reads back once', async () => {
    const { net, images } = await trained();
    const before = held.gpu.runtime.readback.readbacks;
    await evaluate(net, images, toySplit(), 2);
    expect(held.gpu.runtime.readback.readbacks).toBe(before + 1);
  });

  test.each([
    ['an empty split', 0, 8],
    ['a batch size of 0', COUNT, 0],
  ])('%s is refused', async (_, count, batchSize) => {
    const { net, images } = await trained();
    await expect(evaluate(net, images, toySplit(count), batchSize)).rejects.toThrow(TrainingError);
  });
});

describe('warmUp', () => {
  test('leaves weights, gradients, running statistics, modes and memory alone', async () => {
    const { gpu } = held;
    const net = toyNet(gpu).eval();
    const images = toyImages(gpu);
    const [first] = net.parameters().values();
    const grad = gpu.ones(first.shape);
    first.grad = grad;
    const before = await state(net);
    const optimizer = new SGD(net.parameters(), { lr: 0.02, momentum: 0.9 });
    const { tensors } = await settledMemory(gpu);
    await warmUp(net, images, 8, { optimizer });
    expect(await state(net)).toEqual(before);
    const { steps, tensors: moments } = optimizer.state();
    expect(steps).toBe(0);
    for (const moment of moments.values()) expect(new Set(await moment.data())).toEqual(new Set([0]));
    expect([...net.parameters().values()].map(({ grad }) => grad)).toEqual([
      grad,
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(new Set(await grad.data())).toEqual(new Set([1]));
    expect([...net.modules()].some(({ training }) => training)).toBe(false);
    expect(gpu.memory().tensors).toBe(tensors);
  });

  test('does not change what a run ends with', async () => {
    const plain = await trained();
    const net = toyNet(held.gpu);
    const images = toyImages(held.gpu);
    const optimizer = new SGD(net.parameters(), { lr: 0.02 });
    await warmUp(net, images, 8, { optimizer });
    await train(net, optimizer, images, toySplit(), { name: 'toy', epochs: 1, batchSize: 8, seed: 0 });
    expect(await state(net)).toEqual(await state(plain.net));
  });
});
