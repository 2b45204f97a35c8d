import { expect, test } from 'vitest';
import type { Sequential } from '../../src/nn/layers';
import { SGD } from '../../src/optim/sgd';
import { NanLossError } from '../../src/training/errors';
import { allFinite } from '../../src/training/finite';
import { fit as train } from '../../src/training/fit';
import type { FitOptions } from '../../src/training/fit-options';
import { failure } from '../data/failure';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { toyImages, toyNet, toySplit } from './toy';

const held = useGpu();

/** Trains until it fails. Every state that is saved is checked to be of numbers. */
async function broken(
  net: Sequential,
  { lr = 0.05, ...options }: { lr?: number } & Partial<FitOptions>,
): Promise<{ error: unknown; saves: number }> {
  let saves = 0;
  const optimizer = new SGD(net.parameters(), { lr });
  const error = await failure(() =>
    train(net, optimizer, toyImages(held.gpu), toySplit(), {
      name: 'task 2, seed 0',
      epochs: 4,
      batchSize: 8,
      seed: 0,
      save: async () => {
        saves += 1;
        for (const [name, tensor] of net.stateDict()) {
          expect([...(await tensor.data())].every(Number.isFinite), name).toBe(true);
        }
      },
      ...options,
    }),
  );
  expect(error).toBeInstanceOf(NanLossError);
  return { error, saves };
}

test('a huge learning rate stops the run in its first epoch, with nothing saved', async () => {
  const { error, saves } = await broken(toyNet(held.gpu), { lr: 1e30 });
  expect(error).toMatchObject({ code: 'NAN_LOSS', epoch: 0 });
  expect(saves).toBe(0);
});

test('a rate that turns huge later keeps the checkpoints from before', async () => {
  const schedule = (epoch: number) => (epoch === 2 ? 1e30 : 0.05);
  const { error, saves } = await broken(toyNet(held.gpu), { schedule });
  expect(error).toMatchObject({ epoch: 2 });
  expect(saves).toBe(2);
});

test('weights that the last step of an epoch made NaN are not saved, though no loss has seen them', async () => {
  const net = toyNet(held.gpu);
  // One step an epoch: the loss is finite, and the step itself goes wrong.
  const options = { lr: Number.POSITIVE_INFINITY, batchSize: 22 };
  const { error, saves } = await broken(net, options);
  expect(error).toMatchObject({ epoch: 0, step: 0 });
  expect(String(error)).toContain('a weight is not a finite number at step 1 of epoch 1');
  expect(saves).toBe(0);
});

test.each(['0.weight', '1.running_mean', '6.bias'])(
  'a NaN in %s stops the run before a checkpoint',
  async (name) => {
    const net = toyNet(held.gpu);
    const tensor = net.stateDict().get(name);
    const values = await tensor?.data();
    if (!tensor || !values) throw new Error(`the toy net has no ${name}`);
    values[0] = Number.NaN;
    tensor.write(values);
    expect((await broken(net, {})).saves).toBe(0);
  },
);

test('an interrupted run does not save a NaN state either', async () => {
  const { saves } = await broken(toyNet(held.gpu), {
    lr: Number.POSITIVE_INFINITY,
    signal: AbortSignal.abort(),
  });
  expect(saves).toBe(0);
});

test('allFinite finds one bad number among many, wherever it is', async () => {
  const { gpu } = held;
  const good = gpu.zeros([3, 5, 70]);
  const { tensors } = await settledMemory(gpu);
  expect(await allFinite([])).toBe(true);
  expect(await allFinite([good, gpu.ones([1]), gpu.full([2], -3.4e38)])).toBe(true);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const values = new Float32Array(1050);
    values[1049] = bad;
    const tensor = gpu.tensor(values, [3, 5, 70]);
    expect(await allFinite([good, tensor])).toBe(false);
    expect(await allFinite([tensor, good])).toBe(false);
    tensor.dispose();
  }
  expect(gpu.memory().tensors).toBe(tensors + 2);
});
