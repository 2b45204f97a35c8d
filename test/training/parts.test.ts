import { describe, expect, test } from 'vitest';
import { DeviceImages } from '../../src/data/device-images';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import type { Module } from '../../src/nn/module';
import { Adam } from '../../src/optim/adam';
import { TrainingError } from '../../src/training/errors';
import { fit as learn } from '../../src/training/fit';
import { whyWhole } from '../../src/training/parts';
import { failure } from '../data/failure';
import { useGpu } from '../use-gpu';

const held = useGpu();
const COUNT = 20;
const set = {
  name: 'made',
  images: Uint8Array.from({ length: COUNT * 36 }, (_, i) => (i * 7919) % 251),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => i % 3),
  shape: [1, 6, 6] as const,
  classes: ['a', 'b', 'c'],
};
const split = {
  indices: Uint32Array.from({ length: COUNT }, (_, i) => i),
  labels: Int32Array.from(set.labels),
};

function network(...more: Module[]): Sequential {
  const { gpu } = held;
  gpu.manualSeed(3);
  return new Sequential(new Conv2d(gpu, 1, 4, 3), ...more, new ReLU(), new Flatten(), new Linear(gpu, 64, 3));
}

async function trained(net: Sequential, parts: number, labels = split.labels) {
  const { gpu } = held;
  const images = new DeviceImages(gpu, set, { mean: [0.5], std: [0.25] });
  const history = await learn(
    net,
    new Adam(net.parameters(), { lr: 1e-2 }),
    images,
    { ...split, labels },
    {
      ...{ name: 'made', epochs: 5, batchSize: 7, seed: 2, augment: { crop: 1, flip: true }, parts },
    },
  );
  const weights = await Promise.all([...net.parameters().values()].map((tensor) => tensor.data()));
  return { history, weights: weights.flatMap((values) => [...values]) };
}

describe('a batch in parts', () => {
  test.each([2, 3, 7, 100])(
    'of %i is the same step to rounding, augmentation and last batch included',
    async (parts) => {
      const whole = await trained(network(), 1);
      const cut = await trained(network(), parts);
      const furthest = Math.max(...whole.weights.map((weight, i) => Math.abs(weight - cut.weights[i])));
      expect(furthest).toBeLessThan(2e-5);
      for (const [epoch, { loss, accuracy }] of whole.history.entries()) {
        expect(cut.history[epoch].loss).toBeCloseTo(loss, 5);
        expect(cut.history[epoch].accuracy).toBe(accuracy);
      }
      const [first, last] = [whole.history[0].loss, whole.history[4].loss];
      expect(last).toBeLessThan(first);
    },
  );

  test('is refused where parts do not add up to the whole, and it is said why', async () => {
    const { gpu } = held;
    const refused = async (net: Sequential, labels?: Int32Array<ArrayBuffer>) => {
      const error = await failure(() => trained(net, 2, labels));
      expect(error).toBeInstanceOf(TrainingError);
      return (error as TrainingError).message;
    };
    expect(await refused(network(new BatchNorm2d(gpu, 4)))).toContain(
      'batch norm normalises by the whole batch',
    );
    expect(await refused(network(new Dropout(0.5)))).toContain('dropout draws for the whole batch');
    expect(await refused(network(), split.labels.with(4, -100))).toContain('label −100');
    expect(whyWhole(network())).toBeUndefined();
  });
});
