import { describe, expect, test } from 'vitest';
import { Flatten, Linear, Sequential } from '../../src/nn/layers';
import type { Module } from '../../src/nn/module';
import { openGpu } from '../../src/node';
import { Adam, AdamW } from '../../src/optim/adam';
import type { Optimizer } from '../../src/optim/optimizer';
import { SGD } from '../../src/optim/sgd';
import type { Tensor } from '../../src/tensor/tensor';
import { InterruptedError } from '../../src/training/errors';
import { evaluate } from '../../src/training/evaluate';
import { fit as trainOn } from '../../src/training/fit';
import type { Cursor, FitOptions } from '../../src/training/fit-options';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { CLASSES, COUNT, toyImages, toyNet, toySplit } from './toy';

const held = useGpu();
/** Two whole batches an epoch, and a smaller one. */
const BATCH_SIZE = 8;
const EPOCHS = 8;

type Parameters = ReadonlyMap<string, Tensor>;
const OPTIMIZERS: [string, (parameters: Parameters) => Optimizer][] = [
  [
    'SGD',
    (parameters) => new SGD(parameters, { lr: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-3 }),
  ],
  ['Adam', (parameters) => new Adam(parameters, { lr: 0.01, weightDecay: 1e-3 })],
  ['AdamW', (parameters) => new AdamW(parameters, { lr: 0.01 })],
];

function train(net: Module, optimizer: Optimizer, options: Partial<FitOptions>) {
  return trainOn(net, optimizer, toyImages(held.gpu), toySplit(), {
    name: 'toy',
    epochs: EPOCHS,
    batchSize: BATCH_SIZE,
    seed: 5,
    augment: { crop: 1, flip: true },
    schedule: (epoch) => 0.02 / (epoch + 1),
    ...options,
  });
}

/** Weights, running statistics and moments, bit by bit. */
async function bits(net: Module, optimizer: Optimizer) {
  const { steps, tensors } = optimizer.state();
  const all = await Promise.all(
    [...net.stateDict(), ...tensors].map(async ([name, tensor]) => [name, ...(await tensor.data())]),
  );
  return { steps, all };
}

/** Counts the passes that JavaScript makes. */
class Watched extends Sequential {
  passes = 0;

  override forward(x: Tensor): Tensor {
    this.passes += 1;
    return super.forward(x);
  }
}

describe('a captured training step', () => {
  test.each(OPTIMIZERS)(
    'ends bit for bit like a plain one, with dropout, batch norm, augmentation and a schedule: %s',
    async (_, open) => {
      const run = async (capture: boolean) => {
        const net = new Watched(toyNet(held.gpu, 1));
        const optimizer = open(net.parameters());
        const history = await train(net, optimizer, { capture });
        return { passes: net.passes, history, ...(await bits(net, optimizer)) };
      };
      const plain = await run(false);
      const captured = await run(true);
      expect(plain.steps).toBe(3 * EPOCHS);
      expect(plain.passes).toBe(3 * EPOCHS);
      expect(captured.passes).toBe(2 + EPOCHS); // two whole batches, and every smaller one
      expect(captured).toEqual({ ...plain, passes: captured.passes });
    },
  );

  test('sees what the program does to the network between steps', async () => {
    const run = async (capture: boolean) => {
      const net = toyNet(held.gpu, 1);
      const adam = new Adam(net.parameters(), { lr: 0.01 });
      const images = toyImages(held.gpu);
      const initial = new Map(
        await Promise.all(
          [...net.stateDict()].map(async ([name, tensor]) => {
            return [name, { shape: tensor.shape, data: [...(await tensor.data())] }] as const;
          }),
        ),
      );
      const accuracies: number[] = [];
      await train(net, adam, {
        capture,
        onEpoch: (epoch) => epoch === 3 && net.loadStateDict(initial),
        save: async () => void accuracies.push((await evaluate(net, images, toySplit(), 5)).loss),
      });
      return { accuracies, ...(await bits(net, adam)) };
    };
    const plain = await run(false);
    expect(new Set(plain.accuracies).size).toBe(EPOCHS);
    expect(await run(true)).toEqual(plain);
  });

  test('interrupted in the middle of an epoch, goes on like one that never was, captured anew', async () => {
    const whole = toyNet(held.gpu, 1);
    const wholeAdam = new Adam(whole.parameters(), { lr: 0.01 });
    const history = await train(whole, wholeAdam, {});

    const net = toyNet(held.gpu, 1);
    const adam = new Adam(net.parameters(), { lr: 0.01 });
    const interrupt = new AbortController();
    let cursor: Cursor | undefined;
    const stopped = train(net, adam, {
      signal: interrupt.signal,
      onStep: ({ epoch, step }) => epoch === 4 && step === 1 && interrupt.abort(),
      save: async (at) => {
        cursor = at;
      },
    });
    await expect(stopped).rejects.toThrow(InterruptedError);
    expect(cursor).toMatchObject({ epoch: 4, step: 2 });
    expect(await train(net, adam, { cursor })).toEqual(history);
    expect(await bits(net, adam)).toEqual(await bits(whole, wholeAdam));
  });

  test('takes a submit, and leaves no memory behind however many were made', async () => {
    using gpu = await openGpu();
    const net = new Sequential(new Flatten(), new Linear(gpu, 36, CLASSES));
    const sgd = new SGD(net.parameters(), { lr: 0.01, momentum: 0.9 });
    const images = toyImages(gpu);
    const run = async (epochs: number) => {
      const { recorder } = gpu.runtime;
      let submits = 0;
      let before = 0;
      const peak = { tensors: 0, bytesInUse: 0, buffers: 0 };
      const options = { name: 'toy', epochs, batchSize: 2, seed: 0 };
      await trainOn(net, sgd, images, toySplit(), {
        ...options,
        onStep: ({ step }) => {
          const { tensors, bytesInUse, buffers } = gpu.memory();
          peak.tensors = Math.max(peak.tensors, tensors);
          peak.bytesInUse = Math.max(peak.bytesInUse, bytesInUse);
          peak.buffers = Math.max(peak.buffers, buffers);
          if (step > 1 && step < COUNT / 2) submits = Math.max(submits, recorder.submits - before);
          before = recorder.submits;
        },
      });
      return { submits, ...peak };
    };
    await run(1);
    await settledMemory(gpu);
    const short = await run(2);
    await settledMemory(gpu);
    expect(await run(180)).toEqual(short); // 1,980 steps
    expect(short.submits).toBe(1);
  });
});
