import { describe, expect, test } from 'vitest';
import { Flatten, Linear, Sequential } from '../../src/nn/layers';
import { SGD } from '../../src/optim/sgd';
import type { Split } from '../../src/tasks/task';
import { evaluate } from '../../src/training/evaluate';
import { fit as train } from '../../src/training/fit';
import { useGpu } from '../use-gpu';
import { CLASSES, toyImages, toyNet, toySplit } from './toy';

const held = useGpu();
const IGNORED = -100;

/** The toy split with every third label ignored, and the same without those images. */
function splits(): { marked: Split; cut: Split } {
  const { indices, labels } = toySplit();
  const isKept = (_: number, i: number) => i % 3 !== 1;
  return {
    marked: { indices, labels: labels.map((label, i) => (isKept(label, i) ? label : IGNORED)) },
    cut: { indices: indices.filter(isKept), labels: labels.filter(isKept) },
  };
}

/** One layer, and nothing that mixes samples. */
function simpleNet() {
  held.gpu.manualSeed(4);
  return new Sequential(new Flatten(), new Linear(held.gpu, 36, CLASSES));
}

describe('ignored labels', () => {
  test('do not count in loss and accuracy of evaluate, whatever the batch size', async () => {
    const net = toyNet(held.gpu, 2);
    const { marked, cut } = splits();
    const expected = await evaluate(net, toyImages(held.gpu), cut, 100);
    for (const batchSize of [1, 5, 100]) {
      const found = await evaluate(net, toyImages(held.gpu), marked, batchSize);
      expect(found.loss).toBeCloseTo(expected.loss, 5);
      expect(found.accuracy).toBeCloseTo(expected.accuracy, 6);
    }
  });

  test.each([true, false])(
    'leave the gradient of their batch to the other samples: capture %s',
    async (capture) => {
      const run = async (split: Split) => {
        const net = simpleNet();
        const sgd = new SGD(net.parameters(), { lr: 0.1 });
        const options = { name: 'toy', epochs: 6, batchSize: 100, seed: 0, capture };
        const history = await train(net, sgd, toyImages(held.gpu), split, options);
        return { history, weights: await net.stateDict().get('1.weight')?.data() };
      };
      const { marked, cut } = splits();
      const [found, expected] = [await run(marked), await run(cut)];
      found.history.forEach(({ loss, accuracy }, epoch) => {
        expect(loss).toBeCloseTo(expected.history[epoch].loss, 5);
        expect(accuracy).toBeCloseTo(expected.history[epoch].accuracy, 6);
      });
      found.weights?.forEach((weight, i) => {
        expect(weight).toBeCloseTo(expected.weights?.[i] ?? Number.NaN, 5);
      });
    },
  );

  test('alone in a batch are no bad loss, and change nothing', async () => {
    const { indices, labels } = toySplit();
    const split = { indices, labels: labels.map((label, i) => (i === 7 ? label : IGNORED)) };
    const net = simpleNet();
    const alone = await evaluate(
      net,
      toyImages(held.gpu),
      { indices: indices.slice(7, 8), labels: labels.slice(7, 8) },
      1,
    );
    const history = await train(net, new SGD(net.parameters(), { lr: 0.1 }), toyImages(held.gpu), split, {
      name: 'toy',
      epochs: 2,
      batchSize: 2,
      seed: 0,
    });
    expect(history[0].loss).toBeCloseTo(alone.loss, 5);
    expect(history[0].accuracy).toBe(alone.accuracy);
    expect(history[1].loss).toBeLessThan(history[0].loss);
  });
});
