import { describe, expect, test } from 'vitest';
import { epochOrder } from '../../src/data/epoch-order';
import { mean } from '../../src/ops/reduction';
import { BatchFeed, FeedSteps } from '../../src/training/batch-feed';
import { settledMemory } from '../settled-memory';
import { useGpu } from '../use-gpu';
import { COUNT, toyImages, toySplit } from './toy';

const held = useGpu();
/** Two whole batches an epoch, and a smaller one. */
const OPTIONS = { batchSize: 8, seed: 3 };
const openFeed = (batchSize = OPTIONS.batchSize) =>
  new BatchFeed(toyImages(held.gpu), toySplit(), { ...OPTIONS, batchSize });

/** Labels of the images at `from` to `to` in the order of an epoch. */
async function labelsOf(epoch: number, from: number, to: number) {
  const { labels } = epochOrder(toyImages(held.gpu), toySplit(), OPTIONS.seed, epoch);
  return [...(await labels.data())].slice(from, to);
}

describe('a batch feed', () => {
  test.each([
    [0, 0, 0, 8],
    [1, 0, 8, 16],
    [2, 0, 16, COUNT],
    [3, 1, 0, 8],
    [8, 2, 16, COUNT],
  ])('gives step %i images of epoch %i, %i to %i', async (step, epoch, from, to) => {
    const feed = openFeed();
    feed.seek(step);
    expect(feed).toMatchObject({ step, size: to - from, isWhole: to - from === 8 });
    const { inputs, labels } = feed.batch();
    expect(inputs.shape).toEqual([to - from, ...toyImages(held.gpu).shape]);
    expect([...(await labels.data())]).toEqual(await labelsOf(epoch, from, to));
  });

  test('can be sought backwards', async () => {
    const feed = openFeed();
    for (const step of [7, 1, 4, 0]) feed.seek(step);
    expect([...(await feed.batch().labels.data())]).toEqual(await labelsOf(0, 0, 8));
  });

  test('has whole batches only, where one holds the split', () => {
    const feed = openFeed(1000);
    feed.seek(5);
    expect(feed).toMatchObject({ stepsPerEpoch: 1, size: COUNT, isWhole: true });
  });

  test('says what is missing before a step was sought', () => {
    expect(() => openFeed().batch()).toThrow('seek(step) comes first');
  });
});

describe('steps over feeds', () => {
  test.each([
    [true, [0, 1, 2, 5, 8]],
    [false, [0, 1, 2, 3, 4, 5, 6, 7, 8]],
  ])('see the batches of their number each, captured: %s', async (capture, byJavaScript) => {
    const { gpu } = held;
    const [feed, other] = [openFeed(), openFeed(1000)];
    const seen = gpu.zeros([]);
    const made: number[] = [];
    const steps = new FeedSteps(
      gpu,
      [feed, other],
      () => {
        made.push(feed.step);
        const [x, y] = [feed, other].map((from) => mean(from.batch().inputs));
        gpu.kernels.elementwise('0.5 * old + x * y', { x, y }, { into: seen });
      },
      capture,
    );
    for (let step = 0; step < 9; step++) steps.make(step);
    steps.dispose();
    expect(made).toEqual(byJavaScript);

    let expected = 0;
    for (let step = 0; step < 9; step++) {
      const means = [feed, other].map(async (from) => {
        from.seek(step);
        const values = await from.batch().inputs.data();
        return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
      });
      const [x, y] = await Promise.all(means);
      expected = 0.5 * expected + x * y;
    }
    expect(await seen.item()).toBeCloseTo(expected, 5);
  });

  test('leave no memory behind', async () => {
    const { gpu } = held;
    const feed = openFeed();
    feed.seek(0);
    const { tensors } = await settledMemory(gpu);
    const steps = new FeedSteps(gpu, [feed], () => void mean(feed.batch().inputs));
    for (let step = 0; step < 9; step++) steps.make(step);
    steps.dispose();
    expect(gpu.memory().tensors).toBe(tensors);
  });
});
