import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { DeviceSamples } from '../../src/data/device-samples';
import { fromArrays } from '../../src/data/from-arrays';
import { whole } from '../../src/data/split';
import { Linear } from '../../src/nn/layers';
import type { Module } from '../../src/nn/module';
import { abs } from '../../src/ops/activation';
import { pow, sub } from '../../src/ops/arithmetic';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { mean } from '../../src/ops/reduction';
import { Adam } from '../../src/optim/adam';
import { SGD } from '../../src/optim/sgd';
import type { Tensor } from '../../src/tensor/tensor';
import { loadTensors, saveTensors } from '../../src/training/checkpoint.node';
import { InterruptedError, NanLossError, TrainingError } from '../../src/training/errors';
import { evaluate } from '../../src/training/evaluate';
import { fit as train } from '../../src/training/fit';
import type { Cursor, FitOptions, Validation } from '../../src/training/fit-options';
import { useFolder } from '../data/folder';
import { useGpu } from '../use-gpu';
import { toyImages, toyNet, toySplit } from './toy';

const held = useGpu();
const folder = useFolder();
const squares = (outputs: Tensor, targets: Tensor) => mean(pow(sub(outputs, targets), 2));

/** One sample x = 1 with its target. */
const point = (target: number) =>
  fromArrays({ inputs: Float32Array.of(1), targets: Float32Array.of(target), shape: [1] });

/**
 * y = w x from w = 0, drawn to 10 by a tenth of the rest a step: w is 1, 1.9, 2.71, 3.439, 4.0951 after the epochs, and
 * passes 2, which the validation wants: its losses are 1, 0.01, 0.5041, 2.070721, 4.38944401.
 */
function passing() {
  const { gpu } = held;
  const net = new Linear(gpu, 1, 1, { bias: false });
  net.weight.write([0]);
  const optimizer = new SGD(net.parameters(), { lr: 0.05 });
  const ten = point(10);
  const samples = new DeviceSamples(gpu, ten);
  const validation = { split: whole(point(2)) };
  const run = (options: object = {}, more: object = {}) =>
    train(net, optimizer, samples, whole(ten), {
      name: 'passing',
      epochs: 5,
      batchSize: 1,
      seed: 0,
      loss: squares,
      validation: { ...validation, ...more },
      ...options,
    });
  return { net, optimizer, run };
}

const LOSSES = [1, 0.01, 0.5041, 2.070721, 4.38944401];

describe('validation', () => {
  test('is measured after each epoch, in the history and before onEpoch, which is waited for', async () => {
    const { net, run } = passing();
    const told: string[] = [];
    const history = await run(
      {
        onEpoch: async (epoch: number, measure: { validation?: { loss: number } }) => {
          const w = await net.weight.item();
          await new Promise((resolve) => setTimeout(resolve, 2));
          told.push(`${epoch}: ${measure.validation?.loss.toFixed(2)} at ${w.toFixed(2)}`);
        },
        onStep: ({ epoch }: { epoch: number }) => told.push(`step of ${epoch}`),
        epochs: 2,
      },
      { metrics: { error: (outputs: Tensor, targets: Tensor) => abs(sub(outputs, targets)) } },
    );
    expect(history).toEqual([
      { loss: 100, validation: { loss: expect.closeTo(1, 5), metrics: { error: expect.closeTo(1, 5) } } },
      { loss: 81, validation: { loss: expect.closeTo(0.01, 5), metrics: { error: expect.closeTo(0.1, 5) } } },
    ]);
    expect(told).toEqual(['step of 0', '0: 1.00 at 1.00', 'step of 1', '1: 0.01 at 1.90']);
  });

  test('may be of another set, in batches of its own size', async () => {
    const others = fromArrays({
      inputs: Float32Array.of(2, 3, 4),
      targets: Float32Array.of(2, 4, 6),
      shape: [1],
    });
    using images = new DeviceSamples(held.gpu, others);
    const { run } = passing();
    const [{ validation }] = await run({ epochs: 1 }, { split: whole(others), images, batchSize: 2 });
    // w is 1: errors 0, −1 and −2.
    expect(validation?.loss).toBeCloseTo(5 / 3, 5);
  });

  test('changes no bit of the training, and is that of evaluate', async () => {
    const learnt = async (validation?: Validation) => {
      const net = toyNet(held.gpu);
      const optimizer = new SGD(net.parameters(), { lr: 0.05, momentum: 0.9 });
      const history = await train(net, optimizer, toyImages(held.gpu), toySplit(), {
        name: 'toy',
        epochs: 3,
        batchSize: 4,
        seed: 1,
        validation,
      });
      const weights = [...net.stateDict().values()].map(async (x) => [...(await x.data())]);
      return { net, history, weights: await Promise.all(weights) };
    };
    const split = toySplit(7);
    const plain = await learnt();
    const metrics = { loss: (logits: Tensor, labels: Tensor) => crossEntropy(logits, labels) };
    const watched = await learnt({ split, metrics, batchSize: 3 });
    expect(watched.weights).toEqual(plain.weights);
    expect(watched.history.map(({ loss, accuracy }) => ({ loss, accuracy }))).toEqual(plain.history);
    const { validation } = watched.history[2];
    expect(validation).toEqual(await evaluate(watched.net, toyImages(held.gpu), split, 3, { metrics }));
    expect(validation?.metrics?.loss).toBeCloseTo(validation?.loss ?? Number.NaN, 5);
  });

  test('ends the training once it has not been better for so long, and leaves the last weights', async () => {
    const { net, run } = passing();
    const history = await run({}, { patience: 2 });
    expect(history.map(({ validation }) => validation?.loss)).toEqual(
      LOSSES.slice(0, 4).map((loss) => expect.closeTo(loss, 4)),
    );
    expect(await net.weight.item()).toBeCloseTo(3.439, 5);
  });

  test('gives the network the weights of the best epoch, and training mode', async () => {
    const { net, run } = passing();
    net.eval();
    const history = await run({}, { keepBest: true });
    expect(history).toHaveLength(5);
    expect(await net.weight.item()).toBeCloseTo(1.9, 6);
  });

  test('goes by another criterion where one is given', async () => {
    const { net, run } = passing();
    const history = await run(
      {},
      { keepBest: true, patience: 1, criterion: ({ loss }: { loss: number }) => -loss },
    );
    // −1, −0.01: the first is the best.
    expect(history).toHaveLength(2);
    expect(await net.weight.item()).toBeCloseTo(1, 6);
  });

  test('of the first of several best epochs is kept', async () => {
    const { net, run } = passing();
    await run({}, { keepBest: true, criterion: () => 3 });
    expect(await net.weight.item()).toBeCloseTo(1, 6);
  });

  test.each([
    [
      'labels beside targets',
      {},
      { split: toySplit(1) },
      'the validation split has labels, the training split targets',
    ],
    [
      'no samples',
      {},
      { split: { indices: new Uint32Array(0), targets: new Float32Array(0), targetShape: [1] } },
      'passing, validation: the split has no images',
    ],
    [
      'a cursor without validation',
      { cursor: { epoch: 1, step: 0, stats: [0, 0, 0, -1], history: [{ loss: 1 }] } },
      {},
      'passing: the state is of a run without validation',
    ],
    [
      'a cursor without its best weights',
      {
        cursor: { epoch: 1, step: 0, stats: [0, 0, 0, -1], history: [{ loss: 1, validation: { loss: 1 } }] },
      },
      { keepBest: true },
      'passing: the state has no best weights; give as best what save was given beside the cursor',
    ],
    ['a criterion of no number', {}, { criterion: () => undefined }, 'criterion gave undefined for epoch 1'],
    [
      'a metric that is not finite',
      {},
      { metrics: { nan: () => held.gpu.full([1], Number.NaN) } },
      'the metric nan is NaN',
    ],
  ])('with %s is refused', async (_, options, more, message) => {
    const { run } = passing();
    await expect(run(options, more)).rejects.toThrow(TrainingError);
    await expect(passing().run(options, more)).rejects.toThrow(message);
  });

  test('with a label that is no class is refused before anything is learnt', async () => {
    const net = toyNet(held.gpu);
    const before = [...((await net.parameters().values().next().value?.data()) ?? [])];
    const split = { indices: Uint32Array.of(0, 1), labels: Int32Array.of(0, 9) };
    const options = { name: 'toy', epochs: 1, batchSize: 4, seed: 0, validation: { split } };
    const run = train(net, new SGD(net.parameters(), { lr: 1 }), toyImages(held.gpu), toySplit(), options);
    await expect(run).rejects.toThrow('toy, validation: label 9 of sample 1 is outside [0, 3)');
    expect([...((await net.parameters().values().next().value?.data()) ?? [])]).toEqual(before);
  });

  test('of no patience is refused, and a validation loss that is not finite', async () => {
    await expect(passing().run({}, { patience: 0 })).rejects.toThrow(
      'fit: patience is 0, expected a whole number of at least 1',
    );
    const split = { indices: Uint32Array.of(0), targets: Float32Array.of(3e38), targetShape: [1] };
    await expect(passing().run({}, { split })).rejects.toThrow(NanLossError);
    await expect(passing().run({}, { split })).rejects.toThrow('the validation loss is not a finite number');
  });
});

describe('a run that keeps its best epoch, stopped and resumed from its file', () => {
  const STEPS = 3;
  /** What epochs are judged by: the second one is the best, so that the fourth is the last by patience. */
  const SCORES = [2, 1, 3, 4, 0, 0];

  function made(seed: number) {
    const net = toyNet(held.gpu, seed);
    return { net, adam: new Adam(net.parameters(), { lr: 0.02 }) };
  }
  type Run = ReturnType<typeof made>;

  /** Batch norm, dropout and Adam on 22 images, three steps an epoch. */
  function go({ net, adam }: Run, options: Partial<FitOptions>, seen: number[]) {
    const criterion = ({ loss }: { loss: number }) => {
      if (!seen.includes(loss)) seen.push(loss);
      return SCORES[seen.indexOf(loss)];
    };
    const validation = { split: toySplit(9), patience: 2, keepBest: true, criterion };
    return train(net, adam, toyImages(held.gpu), toySplit(), {
      name: 'toy',
      epochs: 6,
      batchSize: 8,
      seed: 5,
      validation,
      ...options,
    });
  }

  const bits = async (net: Module) =>
    Promise.all([...net.stateDict()].map(async ([name, x]) => [name, ...(await x.data())]));
  const path = () => join(folder.path, 'best.safetensors');

  function saving({ net, adam }: Run): FitOptions['save'] {
    const under = (prefix: string, tensors: ReadonlyMap<string, Tensor>) =>
      [...tensors].map(([name, tensor]) => [`${prefix}/${name}`, tensor] as const);
    return async (cursor, best = new Map()) => {
      const { steps, tensors } = adam.state();
      const all = [...under('net', net.stateDict()), ...under('adam', tensors), ...under('best', best)];
      await saveTensors(path(), new Map(all), { cursor, steps });
    };
  }

  /** A network of other weights, brought to where the file left off, and what is to be given to fit. */
  async function restored() {
    const run = made(99);
    const { tensors, meta } = await loadTensors(path(), (json) => json as { cursor: Cursor; steps: number });
    const under = (prefix: string) => {
      const own = [...tensors].filter(([name]) => name.startsWith(prefix));
      return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
    };
    run.net.loadStateDict(under('net/'));
    run.adam.loadState({ steps: meta.steps, tensors: under('adam/') });
    return { run, cursor: meta.cursor, best: under('best/') };
  }

  // The signal is seen in the step after it, so that 2, 5 and 8 stop at the end of an epoch.
  test.each([1, 2, 4, 5, 7, 8, 10])('ends bit for bit like one never stopped: stop %i', async (stop) => {
    const seen: number[] = [];
    const whole = made(1);
    const epochs: unknown[] = [];
    const onEpoch = async () => epochs.push(await bits(whole.net));
    const history = await go(whole, { onEpoch }, seen);
    expect(history).toHaveLength(4);
    expect(await bits(whole.net)).toEqual(epochs[1]);
    expect(epochs[1]).not.toEqual(epochs[3]);

    const run = made(1);
    const interrupt = new AbortController();
    const onStep: FitOptions['onStep'] = ({ epoch, step }) =>
      epoch * STEPS + step === stop && interrupt.abort();
    const stopped = go(run, { signal: interrupt.signal, onStep, save: saving(run) }, seen);
    await expect(stopped).rejects.toThrow(InterruptedError);

    const { run: again, cursor, best } = await restored();
    expect(cursor.epoch * STEPS + cursor.step).toBe(stop + 1);
    expect(best.size > 0).toBe(stop + 1 >= STEPS);
    expect(await go(again, { cursor, best }, seen)).toEqual(history);
    expect(await bits(again.net)).toEqual(await bits(whole.net));
  });

  test('does not go on where it had ended by itself', async () => {
    const seen: number[] = [];
    const run = made(1);
    const history = await go(run, { save: saving(run) }, seen);
    const { run: again, cursor, best } = await restored();
    const onStep = vi.fn();
    expect(await go(again, { cursor, best, onStep }, seen)).toEqual(history);
    expect(onStep).not.toHaveBeenCalled();
    expect(await bits(again.net)).toEqual(await bits(run.net));
  });
});
