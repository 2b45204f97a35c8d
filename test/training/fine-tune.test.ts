import { beforeAll, describe, expect, test } from 'vitest';
import { SeedNet } from '../../src/models/seed';
import { BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import { type Module, StateDictError } from '../../src/nn/module';
import { Adam } from '../../src/optim/adam';
import type { Split } from '../../src/tasks/task';
import { InterruptedError } from '../../src/training/errors';
import { evaluate } from '../../src/training/evaluate';
import { fineTune, loadAllButHead } from '../../src/training/fine-tune';
import { fit as train } from '../../src/training/fit';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { CLASSES, toyImages, toySplit } from './toy';

const held = useGpu();
const SIDE = 6;
const FEW = 6;
const OPTIONS = { name: 'toy', epochs: 4, batchSize: 3, seed: 0, lr: 0.01 };

/** Convolution, batch norm and a head for so many classes; weights follow from the seed. */
function toyClassifier(seed: number, classes = CLASSES, width = 3): SeedNet {
  const { gpu } = held;
  gpu.manualSeed(seed);
  const encoder = new Sequential(
    new Conv2d(gpu, 1, width, 3, { padding: 1 }),
    new BatchNorm2d(gpu, width),
    new ReLU(),
    new Flatten(),
  );
  return new SeedNet(encoder, new Linear(gpu, width * SIDE ** 2, classes));
}

/** The target task: the top against the rest, of which the source task knows more than it needs. */
function topOrNot(count?: number): Split {
  const { indices, labels } = toySplit(count);
  return { indices, labels: labels.map((label) => Number(label === 0)) };
}

/** The network of the source task, trained once. */
let source: SeedNet;
beforeAll(async () => {
  source = toyClassifier(1);
  const optimizer = new Adam(source.parameters(), { lr: 0.01 });
  await train(source, optimizer, toyImages(held.gpu), toySplit(), { ...OPTIONS, epochs: 20, batchSize: 11 });
  optimizer.dispose();
});

const values = async (net: Module) =>
  Object.fromEntries(
    await Promise.all([...net.stateDict()].map(async ([name, t]) => [name, [...(await t.data())]] as const)),
  );

describe('loadAllButHead', () => {
  test('takes over weights and running statistics, and leaves a head for other classes fresh', async () => {
    const net = toyClassifier(2, 2);
    const fresh = await values(net);
    loadAllButHead(net, source.stateDict());
    const loaded = await values(net);
    const trained = await values(source);
    for (const name of Object.keys(loaded))
      expect(loaded[name], name).toEqual((name.startsWith('classifier.') ? fresh : trained)[name]);
    expect(loaded['encoder.1.running_mean']).not.toEqual(fresh['encoder.1.running_mean']);
  });

  test('refuses a network that differs in more than its head, and loads nothing then', async () => {
    const net = toyClassifier(2, 2);
    const before = await values(net);
    const wider = toyClassifier(1, CLASSES, 4).stateDict();
    expect(() => loadAllButHead(net, wider)).toThrow(StateDictError);
    expect(() => loadAllButHead(net, wider)).toThrow('encoder.0.weight is [4,1,3,3], expected [3,1,3,3]');
    expect(await values(net)).toEqual(before);
  });
});

describe('fineTune', () => {
  test('learns few samples better from a related task than from scratch, and leaves the source alone', async () => {
    const before = await values(source);
    const images = toyImages(held.gpu);
    const learn = (from?: SeedNet) =>
      fineTune(
        toyClassifier(2, 2),
        { images, split: topOrNot(FEW) },
        { images, split: topOrNot() },
        { ...OPTIONS, from: from?.stateDict() },
      );
    const scratch = await learn();
    const tuned = await learn(source);
    expect(tuned.loss).toBeLessThan(scratch.loss);
    expect(await learn(source)).toEqual(tuned);
    expect(await values(source)).toEqual(before);
  });

  test('moves all weights, and measures the test images with the last of them', async () => {
    const net = toyClassifier(2, 2);
    const images = toyImages(held.gpu);
    const test = { images, split: topOrNot() };
    const measure = await fineTune(net, { images, split: topOrNot(FEW) }, test, {
      ...OPTIONS,
      from: source.stateDict(),
    });
    expect(await evaluate(net, images, test.split, 7)).toEqual({
      loss: expect.closeTo(measure.loss, 5),
      accuracy: measure.accuracy,
    });
    const [tuned, taken] = [await values(net), await values(source)];
    expect(tuned['encoder.0.weight']).not.toEqual(taken['encoder.0.weight']);
  });

  test('stops when asked to, and keeps no memory', async () => {
    const images = toyImages(held.gpu);
    const net = toyClassifier(2, 2);
    const labelled = { images, split: topOrNot(FEW) };
    const { tensors } = await settledMemory(held.gpu);
    await fineTune(net, labelled, labelled, OPTIONS);
    const stopped = fineTune(net, labelled, labelled, { ...OPTIONS, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toThrow(InterruptedError);
    expect(held.gpu.memory().tensors).toBe(tensors);
  });
});
