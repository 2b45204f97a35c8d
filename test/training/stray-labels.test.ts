import { describe, expect, test } from 'vitest';
import type { Module } from '../../src/nn/module';
import { SGD } from '../../src/optim/sgd';
import type { Split } from '../../src/tasks/task';
import { StrayLabelError, TrainingError } from '../../src/training/errors';
import { evaluate } from '../../src/training/evaluate';
import { fit as train } from '../../src/training/fit';
import { failure } from '../data/failure';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { COUNT, toyImages, toyNet, toySplit } from './toy';

const held = useGpu();
const OPTIONS = { name: 'task 2, seed 0', epochs: 2, batchSize: 8, seed: 0 };

/** The toy split with one label changed, as a program may give it. */
function splitWith(label: number, sample = 17): Split {
  const { indices, labels } = toySplit();
  const own = Array.from(labels, (given, i) => (i === sample ? label : given));
  return { indices, labels: own as unknown as Int32Array };
}

/** Weights and running statistics. */
const stateOf = (net: Module) =>
  Promise.all([...net.stateDict()].map(async ([name, tensor]) => [name, ...(await tensor.data())]));

const STRAY = [3, -1, 2147483647, -101, 0.5, Number.NaN];

describe('a label that is no class of the network', () => {
  test.each(STRAY)('%d is refused by fit in words, and the network stays as it was', async (label) => {
    const net = toyNet(held.gpu);
    const sgd = new SGD(net.parameters(), { lr: 0.1 });
    const before = await stateOf(net);
    let saves = 0;
    const save = async () => {
      saves += 1;
    };
    const error = await failure(() =>
      train(net, sgd, toyImages(held.gpu), splitWith(label), { ...OPTIONS, save }),
    );
    expect(error).toBeInstanceOf(StrayLabelError);
    expect(error).toMatchObject({
      code: 'STRAY_LABEL',
      what: 'task 2, seed 0',
      sample: 17,
      label,
      classes: 3,
    });
    expect((error as Error).message).toBe(
      `task 2, seed 0: label ${label} of sample 17 is outside [0, 3); number the classes from 0, give the network more outputs, or label the sample -100 to leave it out`,
    );
    expect(await stateOf(net)).toEqual(before);
    expect([...net.parameters().values()].every(({ grad }) => grad === null)).toBe(true);
    expect(saves).toBe(0);
  });

  test.each(STRAY)('%d is refused by evaluate', async (label) => {
    const evaluated = evaluate(toyNet(held.gpu), toyImages(held.gpu), splitWith(label, COUNT - 1), 5);
    await expect(evaluated).rejects.toThrow(StrayLabelError);
    await expect(evaluated).rejects.toThrow(
      `evaluate: label ${label} of sample ${COUNT - 1} is outside [0, 3)`,
    );
  });

  test('is found also where a run goes on from the last, smaller batch of an epoch', async () => {
    const net = toyNet(held.gpu);
    const cursor = { epoch: 0, step: 2, stats: [1, 1, 16, -1], history: [] };
    const sgd = new SGD(net.parameters(), { lr: 0.1 });
    const run = train(net, sgd, toyImages(held.gpu), splitWith(5), { ...OPTIONS, cursor });
    await expect(run).rejects.toThrow('label 5 of sample 17 is outside [0, 3)');
  });

  test('leaves no memory behind', async () => {
    const net = toyNet(held.gpu);
    const images = toyImages(held.gpu);
    const sgd = new SGD(net.parameters(), { lr: 0.1 });
    const { tensors } = await settledMemory(held.gpu);
    await failure(() => train(net, sgd, images, splitWith(3), OPTIONS));
    await failure(() => evaluate(net, images, splitWith(3), 8));
    expect(held.gpu.memory().tensors).toBe(tensors);
  });
});

test('a split whose images are all ignored is refused', async () => {
  const { indices, labels } = toySplit();
  const split = { indices, labels: labels.map(() => -100) };
  const message = 'the split has no images that count: all labels are -100; give some a class';
  const net = toyNet(held.gpu);
  const run = train(net, new SGD(net.parameters(), { lr: 0.1 }), toyImages(held.gpu), split, OPTIONS);
  await expect(run).rejects.toThrow(TrainingError);
  await expect(run).rejects.toThrow(`task 2, seed 0: ${message}`);
  await expect(evaluate(net, toyImages(held.gpu), split, 8)).rejects.toThrow(`evaluate: ${message}`);
});
