import { describe, expect, test } from 'vitest';
import { batches } from '../../src/data/batches';
import { DeviceImages } from '../../src/data/device-images';
import { DeviceSamples } from '../../src/data/device-samples';
import { epochOrder } from '../../src/data/epoch-order';
import { DataError, LabelError } from '../../src/data/errors';
import { fromArrays } from '../../src/data/from-arrays';
import { whole } from '../../src/data/split';
import { statistics } from '../../src/data/statistics';
import { ShapeError } from '../../src/tensor/shape';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';

const held = useGpu();

/** Seven samples [2, 3]: sample i holds 10 i, 10 i + 1, …, 10 i + 5. */
const set = fromArrays({
  inputs: Float32Array.from({ length: 42 }, (_, at) => 10 * Math.floor(at / 6) + (at % 6)),
  labels: [0, 1, 2, 0, 1, 2, -100],
  shape: [2, 3],
});
const sampleAt = (i: number) => Array.from({ length: 6 }, (_, k) => 10 * i + k);

/** All batches, read. */
async function read(options: Parameters<typeof batches>[2], split = whole(set)) {
  using samples = new DeviceSamples(held.gpu, set);
  const found: { shape: readonly number[]; inputs: number[]; labels: number[] }[] = [];
  for await (const { inputs, labels } of batches(samples, split, options)) {
    found.push({
      shape: inputs.shape,
      inputs: [...(await inputs.data())],
      labels: [...(await labels.data())],
    });
  }
  return found;
}

describe('batches', () => {
  test('come in the order of the split, the last with what is left', async () => {
    const [first, second, third] = await read({ batchSize: 3 });
    expect(first).toEqual({ shape: [3, 2, 3], inputs: [0, 1, 2].flatMap(sampleAt), labels: [0, 1, 2] });
    expect(second.inputs).toEqual([3, 4, 5].flatMap(sampleAt));
    expect(third).toEqual({ shape: [1, 2, 3], inputs: sampleAt(6), labels: [-100] });
  });

  test('leave the last one out where it is to be dropped, and take a split’s own labels', async () => {
    const split = { indices: Uint32Array.of(5, 0, 2), labels: Int32Array.of(7, 8, 9) };
    const found = await read({ batchSize: 2, dropLast: true }, split);
    expect(found).toEqual([{ shape: [2, 2, 3], inputs: [5, 0].flatMap(sampleAt), labels: [7, 8] }]);
  });

  test('are ordered by seed and epoch as in a training', async () => {
    using samples = new DeviceSamples(held.gpu, set);
    const order = epochOrder(samples, whole(set), 4, 2);
    const expected = [...(await order.indices.data())];
    const found = await read({ batchSize: 4, seed: 4, epoch: 2 });
    expect(found.flatMap(({ inputs }) => inputs)).toEqual(expected.flatMap(sampleAt));
    expect(expected).not.toEqual(expected.toSorted((a, b) => a - b));
    expect(await read({ batchSize: 4, seed: 4 })).not.toEqual(found);
  });

  test('are freed as the loop goes on, breaks or fails', async () => {
    using samples = new DeviceSamples(held.gpu, set);
    const { tensors } = await settledMemory(held.gpu);
    let last: { disposed: boolean } | undefined;
    for await (const { inputs } of batches(samples, whole(set), { batchSize: 2 })) {
      expect(last?.disposed ?? true).toBe(true);
      last = inputs;
    }
    expect(held.gpu.memory().tensors).toBe(tensors);
    for await (const _ of batches(samples, whole(set), { batchSize: 2 })) break;
    expect(held.gpu.memory().tensors).toBe(tensors);
    const failing = async () => {
      for await (const _ of batches(samples, whole(set), { batchSize: 2 })) throw new Error('mine');
    };
    await expect(failing()).rejects.toThrow('mine');
    expect(held.gpu.memory().tensors).toBe(tensors);
  });

  test('of targets have them in their own shape, with the right samples, and of pictures too', async () => {
    const images = Uint8Array.of(0, 51, 102, 255);
    const targets = Float32Array.of(0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 3.5, -3.5);
    const own = fromArrays({ images, targets, shape: [1, 1, 1], targetShape: [2, 1], mean: 0, std: 1 });
    using samples = new DeviceImages(held.gpu, own, own);
    const { tensors } = await settledMemory(held.gpu);
    const pixels: number[] = [];
    const found: number[] = [];
    for await (const { inputs, targets } of batches(samples, whole(own), { batchSize: 3, seed: 1 })) {
      expect(targets.shape).toEqual([inputs.shape[0], 2, 1]);
      pixels.push(...(await inputs.data()));
      found.push(...(await targets.data()));
    }
    const which = pixels.map((pixel) => [...images].findIndex((byte) => Math.abs(byte / 255 - pixel) < 1e-6));
    expect(which.toSorted()).toEqual([0, 1, 2, 3]);
    expect(which).not.toEqual([0, 1, 2, 3]);
    expect(found).toEqual(which.flatMap((i) => [i + 0.5, -i - 0.5]));
    expect(held.gpu.memory().tensors).toBe(tensors);
  });

  test('of nothing are refused at the call', () => {
    using samples = new DeviceSamples(held.gpu, set);
    const split = { indices: new Uint32Array(0), labels: new Int32Array(0) };
    expect(() => batches(samples, split, { batchSize: 2 })).toThrow(DataError);
    expect(() => batches(samples, whole(set), { batchSize: 8, dropLast: true })).toThrow(
      'found 7 samples for batches of 8',
    );
    expect(() => batches(samples, whole(set), { batchSize: 0 })).toThrow('at least 1 sample');
  });
});

describe('DeviceSamples', () => {
  test('shows samples by the set’s mean and std, or by others', async () => {
    const { gpu } = held;
    const seen = async (samples: DeviceSamples) => {
      const order = samples.order(Uint32Array.of(1), Int32Array.of(0));
      const { inputs } = samples.batch(order, 0, 1);
      samples.dispose();
      return [...(await inputs.data())];
    };
    expect(await seen(new DeviceSamples(gpu, { ...set, mean: [10, 13], std: [2, 4] }))).toEqual([
      0, 0.5, 1, 0, 0.25, 0.5,
    ]);
    // Channel 0 holds 10 i + {0, 1, 2}: mean 31, variance 400 + 2 / 3; channel 1 is 3 more.
    const shown = await seen(new DeviceSamples(gpu, set, statistics(set)));
    const std = Math.sqrt(400 + 2 / 3);
    for (const [k, value] of shown.entries()) {
      expect(value).toBeCloseTo((10 + k - (k < 3 ? 31 : 34)) / std, 6);
    }
    const { inputs, shape, name } = set;
    expect(await seen(new DeviceSamples(gpu, { inputs, shape, name }))).toEqual(sampleAt(1));
  });

  test('knows its count and shape, and refuses what does not fit', () => {
    const { gpu } = held;
    using samples = new DeviceSamples(gpu, set);
    expect([samples.count, samples.shape, samples.gpu]).toEqual([7, [2, 3], gpu]);
    expect(() => new DeviceSamples(gpu, set, { mean: [1], std: [1] })).toThrow(ShapeError);
    expect(() => new DeviceSamples(gpu, set, { mean: [1, 1], std: [1, 0] })).toThrow('numbers above 0');
    expect(() => new DeviceSamples(gpu, { ...set, inputs: new Float32Array(5) })).toThrow('no whole samples');
    const other = (values: object) => values as never;
    expect(() => new DeviceImages(gpu, other(set), set)).toThrow(
      'DeviceImages: set is a set of numbers, expected one of pictures; data.DeviceSamples takes numbers',
    );
    expect(
      () => new DeviceSamples(gpu, other({ name: 'p', images: Uint8Array.of(1), shape: [1, 1, 1] })),
    ).toThrow(
      'DeviceSamples: set is a set of pictures, expected one of numbers; data.DeviceImages takes pictures',
    );
    expect(() => new DeviceSamples(gpu, { ...set, labels: Int32Array.of(3) })).toThrow(LabelError);
  });
});
