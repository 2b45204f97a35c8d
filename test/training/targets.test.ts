import { describe, expect, test } from 'vitest';
import { DeviceSamples } from '../../src/data/device-samples';
import { fromArrays } from '../../src/data/from-arrays';
import { whole } from '../../src/data/split';
import { Linear } from '../../src/nn/layers';
import { abs } from '../../src/ops/activation';
import { pow, sub } from '../../src/ops/arithmetic';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { mean } from '../../src/ops/reduction';
import { slice } from '../../src/ops/reshape';
import { SGD } from '../../src/optim/sgd';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { TrainingError } from '../../src/training/errors';
import { evaluate } from '../../src/training/evaluate';
import { fit as train } from '../../src/training/fit';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { toyImages, toyNet, toySplit } from './toy';

const held = useGpu();
const squares = (outputs: Tensor, targets: Tensor) => mean(pow(sub(outputs, targets), 2));
const OPTIONS = { name: 'line', epochs: 2, batchSize: 4, seed: 0, loss: squares };

/** y = w x + b from w = b = 0, and points of a line. */
function line(xs: readonly number[], ys: readonly number[]) {
  const net = new Linear(held.gpu, 1, 1);
  for (const tensor of net.parameters().values()) tensor.write([0]);
  const set = fromArrays({ inputs: Float32Array.from(xs), targets: Float32Array.from(ys), shape: [1] });
  const samples = new DeviceSamples(held.gpu, set);
  return { net, samples, split: whole(set), optimizer: new SGD(net.parameters(), { lr: 0.1 }) };
}

const weightsOf = async (net: Linear) => [await net.weight.item(), (await net.bias?.item()) ?? Number.NaN];

describe('targets in the place of labels', () => {
  test('are learnt by the loss that is given, as computed by hand', async () => {
    const { net, samples, split, optimizer } = line([1, 2], [2, 4]);
    const history = await train(net, optimizer, samples, split, OPTIONS);
    // Errors −2, −4: loss 10, gradients −10 and −6; w = 1, b = 0.6. Errors −0.4, −1.4: 1.06, −3.2 and −1.8.
    expect(history).toEqual([{ loss: 10 }, { loss: expect.closeTo(1.06, 5) }]);
    const [w, b] = await weightsOf(net);
    expect(w).toBeCloseTo(1.32, 5);
    expect(b).toBeCloseTo(0.78, 5);
  });

  test('in small batches, captured, dropped and in parts go as they should', async () => {
    const xs = [1, 2, 3, 4, 5, 6, 7].map((x) => x / 10);
    const run = async (options: object) => {
      const { net, samples, split, optimizer } = line(
        xs,
        xs.map((x) => 3 * x - 1),
      );
      const history = await train(net, optimizer, samples, split, {
        ...OPTIONS,
        epochs: 40,
        batchSize: 2,
        ...options,
      });
      return { history, weights: await weightsOf(net) };
    };
    const plain = await run({ capture: false });
    expect(await run({})).toEqual(plain);
    expect(plain.history[39].loss).toBeLessThan(plain.history[0].loss / 10);
    const inParts = await run({ parts: 2 });
    for (const [i, weight] of inParts.weights.entries()) expect(weight).toBeCloseTo(plain.weights[i], 5);
    const steps: number[] = [];
    await run({ epochs: 1, dropLast: true, onStep: ({ step }: { step: number }) => steps.push(step) });
    expect(steps).toEqual([1, 2, 3]);
  });

  test('are measured by loss and metrics, over batches of any size', async () => {
    const { net, samples, split } = line([1, 2, 3], [2, 4, 9]);
    net.weight.write([1]);
    // Errors −1, −2, −6.
    const metrics = {
      error: (outputs: Tensor, targets: Tensor) => abs(sub(outputs, targets)),
      mean: squares,
      one: () => held.gpu.ones([1]),
    };
    const found = await evaluate(net, samples, split, 2, { loss: squares, metrics });
    expect(found).toEqual({
      loss: expect.closeTo(41 / 3, 5),
      metrics: { error: 3, mean: expect.closeTo(41 / 3, 5), one: 1 },
    });
    expect(found).not.toHaveProperty('accuracy');
    expect(await evaluate(net, samples, split, 3, { loss: squares })).not.toHaveProperty('metrics');
  });

  test('leave no tensor behind', async () => {
    const { net, samples, split, optimizer } = line([1, 2], [2, 4]);
    const { tensors } = await settledMemory(held.gpu);
    await train(net, optimizer, samples, split, {
      ...OPTIONS,
      validation: { split, keepBest: true, metrics: { squares } },
    });
    expect(held.gpu.memory().tensors).toBe(tensors);
  });

  test('without a loss, with one that is no number, or one too few, are refused', async () => {
    const { net, samples, split, optimizer } = line([1, 2], [2, 4]);
    const run = (options: object, part = split) =>
      train(net, optimizer, samples, part, { ...OPTIONS, ...options });
    await expect(run({ loss: undefined })).rejects.toThrow(TrainingError);
    await expect(run({ loss: undefined })).rejects.toThrow(
      'line: the split has targets and no labels, for which there is no loss by itself; give one, such as loss:',
    );
    await expect(run({ loss: sub })).rejects.toThrow('line: the loss is f32[2,1], expected one f32 number');
    await expect(run({ loss: () => 3 })).rejects.toThrow('the loss is number, expected one f32 number');
    await expect(run({}, { ...split, targets: Float32Array.of(1) })).rejects.toThrow(
      'line: 1 target values for 2 samples, expected 1 each, which are [1]',
    );
    await expect(
      evaluate(net, samples, split, 2, { loss: squares, metrics: { bad: () => held.gpu.ones([3]) } }),
    ).rejects.toThrow('evaluate: the metric bad is f32[3], expected f32 [2]');
  });
});

describe('a loss of labels', () => {
  test('takes the place of the cross-entropy, and accuracy is counted as before', async () => {
    const learnt = async (loss?: (logits: Tensor, labels: Tensor) => Tensor) => {
      const net = toyNet(held.gpu);
      const optimizer = new SGD(net.parameters(), { lr: 0.05 });
      return train(net, optimizer, toyImages(held.gpu), toySplit(), {
        name: 'toy',
        epochs: 2,
        batchSize: 8,
        seed: 0,
        loss,
      });
    };
    const plain = await learnt();
    expect(await learnt((logits, labels) => crossEntropy(logits, labels))).toEqual(plain);
    const smoothed = await learnt((logits, labels) => mean(sub(crossEntropy(logits, labels), 0.5)));
    expect(smoothed.map(({ accuracy }) => accuracy)).toEqual(plain.map(({ accuracy }) => accuracy));
    for (const [i, { loss }] of smoothed.entries()) expect(loss).toBeCloseTo(plain[i].loss - 0.5, 5);
  });

  test('and metrics leave out samples of the label −100, as the cross-entropy does', async () => {
    const set = fromArrays({
      inputs: Float32Array.of(1, 2, 3, 4),
      labels: [0, -100, 0, 0],
      shape: [1],
      classes: ['a', 'b'],
    });
    using samples = new DeviceSamples(held.gpu, set);
    const net = new Linear(held.gpu, 1, 2);
    net.weight.write([1, 0]);
    net.bias?.write([0, 0]);
    // The first outputs are 1, 2, 3 and 4; the second sample does not count.
    const metrics = { first: (outputs: Tensor) => slice(outputs, 1, 0, 1) };
    const found = await evaluate(net, samples, whole(set), 3, { metrics });
    expect(found.metrics).toEqual({ first: expect.closeTo(8 / 3, 6) });
    expect(found.accuracy).toBe(1);
  });

  test('needs outputs that a class can be read from', async () => {
    const set = fromArrays({ inputs: Float32Array.of(1, 2), labels: [0, 1], shape: [1, 1] });
    using samples = new DeviceSamples(held.gpu, set);
    const net = new Linear(held.gpu, 1, 2);
    const run = evaluate(net, samples, whole(set), 2, { loss: (outputs) => mean(outputs) });
    await expect(run).rejects.toThrow(ShapeError);
    await expect(run).rejects.toThrow('the network gave [2,1,2] for 2 labels, expected [2, classes]');
  });
});
