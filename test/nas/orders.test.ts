import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { DeviceImages } from '../../src/data/device-images';
import { Contest } from '../../src/nas/contest';
import { fuse } from '../../src/nas/methods/fuse';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';
import { toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});
afterEach(() => vi.restoreAllMocks());

const STAGES = toySettings.rounds * toySettings.stages;

/** The orders in which a search sees the images of a split, each once. */
async function ordersOf(split: 'train' | 'validation'): Promise<Set<string>> {
  const order = vi.spyOn(DeviceImages.prototype, 'order');
  await fuse(gpu, data, { ...toySettings, weightEpochs: 2 });
  const { length } = data[split].indices;
  const orders = order.mock.calls.map(([indices]) => indices).filter((indices) => indices.length === length);
  return new Set(orders.map(String));
}

describe('FUSE', () => {
  test('sees the training images in an order of its own in each epoch of each stage', async () => {
    expect((await ordersOf('train')).size).toBe(2 * STAGES);
  });

  test('cuts the validation images into batches of its own in each stage', async () => {
    expect((await ordersOf('validation')).size).toBe(STAGES);
  });

  test('goes over the scored batches in an order of its own in each epoch of each stage', async () => {
    const step = vi.spyOn(Contest.prototype, 'alphaStep');
    await fuse(gpu, data, { ...toySettings, batchSize: 4, alphaEpochs: 3 });
    const batches = step.mock.calls.map(([index]) => index);
    const epochs = Array.from({ length: batches.length / 6 }, (_, i) => batches.slice(6 * i, 6 * i + 6));
    expect(new Set(epochs.map(String)).size).toBe(3 * STAGES);
    for (const epoch of epochs) expect(epoch.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
