import { describe, expect, test } from 'vitest';
import { epochOrder } from '../../src/data/epoch-order';
import { openGpu } from '../../src/node';
import { SGD } from '../../src/optim/sgd';
import { TrainingError } from '../../src/training/errors';
import { fit as train } from '../../src/training/fit';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { COUNT, toyImages, toyNet, toySplit } from './toy';

const held = useGpu();
const OPTIONS = { name: 'toy', epochs: 1, batchSize: 8, seed: 0 };

function made(lr = 0.05, gpu = held.gpu) {
  const net = toyNet(gpu);
  const optimizer = new SGD(net.parameters(), { lr, momentum: 0.9 });
  return { net, optimizer, images: toyImages(gpu) };
}

describe('fit', () => {
  test('learns a toy problem: the loss falls to nothing and the accuracy rises to all', async () => {
    const { net, optimizer, images } = made();
    const history = await train(net, optimizer, images, toySplit(), { ...OPTIONS, epochs: 8 });
    expect(history).toHaveLength(8);
    expect(history[7].loss).toBeLessThan(history[0].loss / 3);
    expect(history[7].accuracy).toBeGreaterThan(0.9);
    expect([...net.parameters().values()].map(({ grad }) => grad)).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  test('tells of every step and epoch, and takes the rate of the epoch from the schedule', async () => {
    const { net, optimizer, images } = made();
    const told: unknown[] = [];
    await train(net, optimizer, images, toySplit(), {
      ...OPTIONS,
      epochs: 2,
      schedule: (epoch) => 0.1 / (epoch + 1),
      onStep: ({ epoch, step, steps }) => told.push([epoch, step, steps, optimizer.lr]),
      onEpoch: (epoch) => told.push(`epoch ${epoch}`),
    });
    expect(told).toEqual([
      ...[1, 2, 3].map((step) => [0, step, 3, 0.1]),
      'epoch 0',
      ...[1, 2, 3].map((step) => [1, step, 3, 0.05]),
      'epoch 1',
    ]);
  });

  test('gradients from before do not count', async () => {
    const [clean, stale] = [made(), made()];
    for (const parameter of stale.net.parameters().values()) parameter.grad = held.gpu.ones(parameter.shape);
    const run = ({ net, optimizer, images }: typeof clean) =>
      train(net, optimizer, images, toySplit(), OPTIONS);
    expect(await run(stale)).toEqual(await run(clean));
  });

  test('a cursor given to save does not change as the run goes on', async () => {
    const { net, optimizer, images } = made();
    const lengths: number[][] = [];
    const cursors: { history: readonly unknown[] }[] = [];
    await train(net, optimizer, images, toySplit(), {
      ...OPTIONS,
      epochs: 3,
      save: async (cursor) => {
        cursors.push(cursor);
        lengths.push(cursors.map(({ history }) => history.length));
      },
    });
    expect(lengths).toEqual([[1], [1, 2], [1, 2, 3]]);
  });

  test('the number of readbacks does not grow with the steps, nor does memory', async () => {
    // On a GPU of its own: elsewhere tensors that earlier tests forgot are collected meanwhile, and the counts fall.
    using gpu = await openGpu();
    const { net, optimizer, images } = made(0.05, gpu);
    const costs: { readbacks: number; tensors: number; bytes: number }[] = [];
    for (const batchSize of [8, 8, 1]) {
      await settledMemory(gpu);
      const before = gpu.runtime.readback.readbacks;
      const peak = { tensors: 0, bytes: 0 };
      await train(net, optimizer, images, toySplit(), {
        ...OPTIONS,
        batchSize,
        onStep: () => {
          const { tensors, bytesInUse } = gpu.memory();
          peak.tensors = Math.max(peak.tensors, tensors);
          peak.bytes = Math.max(peak.bytes, bytesInUse);
        },
      });
      costs.push({ readbacks: gpu.runtime.readback.readbacks - before, ...peak });
    }
    expect(costs[1]).toEqual(costs[0]);
    // The captured step keeps its memory, which is less where batches are smaller.
    expect(costs[2]).toEqual({ ...costs[0], bytes: costs[2].bytes });
    expect(costs[2].bytes).toBeLessThan(costs[0].bytes);
    expect(costs[0].readbacks).toBeLessThan(COUNT / 8 + 1);
  });

  test('holds no memory after it', async () => {
    const { net, optimizer, images } = made();
    const { tensors } = await settledMemory(held.gpu);
    await train(net, optimizer, images, toySplit(), OPTIONS);
    expect(held.gpu.memory().tensors).toBe(tensors);
  });

  test.each([
    ['an empty split', 0, {}, 'toy: the split has no images'],
    ['a batch size of 0', COUNT, { batchSize: 0 }, 'toy: the batch size is 0'],
    [
      'a cursor of another run',
      COUNT,
      { cursor: { epoch: 0, step: 3, stats: [0, 0, 0, -1], history: [] } },
      'after step 3 of an epoch, which has 3',
    ],
  ])('%s is refused', async (_, count, options, message) => {
    const { net, optimizer, images } = made();
    const run = train(net, optimizer, images, toySplit(count), { ...OPTIONS, ...options });
    await expect(run).rejects.toThrow(TrainingError);
    await expect(run).rejects.toThrow(message);
  });
});

describe('epochOrder', () => {
  const order = async (seed: number, epoch: number) => {
    const { indices, labels } = epochOrder(toyImages(held.gpu), toySplit(), seed, epoch);
    return { indices: [...(await indices.data())], labels: [...(await labels.data())] };
  };

  test('is a permutation of the split that labels follow', async () => {
    const { indices, labels } = await order(3, 2);
    expect(indices).not.toEqual([...toySplit().indices]);
    expect([...indices].sort((a, b) => a - b)).toEqual([...toySplit().indices]);
    expect(labels).toEqual(indices.map((i) => i % 3));
  });

  test('depends on the seed and the epoch, and on nothing else', async () => {
    const first = await order(3, 2);
    expect(await order(4, 2)).not.toEqual(first);
    expect(await order(3, 3)).not.toEqual(first);
    expect(await order(3, 2)).toEqual(first);
  });
});
