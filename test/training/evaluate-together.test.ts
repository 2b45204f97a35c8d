import { expect, test } from 'vitest';
import { DeviceImages } from '../../src/data/device-images';
import { BatchNorm2d, Flatten, Sequential } from '../../src/nn/layers';
import { evaluate } from '../../src/training/evaluate';
import { evaluateTogether } from '../../src/training/evaluate-together';
import { useGpu } from '../use-gpu';

const held = useGpu();

/** Images of one pixel in two channels, which are the logits: by themselves all say 1, in pairs 1, 0, 0, 1. */
const PIXELS = [
  [10, 40],
  [20, 30],
  [100, 200],
  [50, 250],
];
const LABELS = [1, 0, 0, 1];
/** Not the order of the set, in which the pairs are. */
const INDICES = [3, 0, 2, 1];

function toy() {
  const { gpu } = held;
  const images = Uint8Array.from(PIXELS.flat());
  const set = { name: 'pairs', images, labels: Uint8Array.from(LABELS), classes: ['a', 'b'] };
  const seen = new DeviceImages(gpu, { ...set, shape: [2, 1, 1] }, { mean: [0, 0], std: [1, 1] });
  const net = new Sequential(new BatchNorm2d(gpu, 2, { affine: false }), new Flatten());
  const labels = Int32Array.from(INDICES, (index) => LABELS[index]);
  return { net, images: seen, split: { indices: Uint32Array.from(INDICES), labels } };
}

test('evaluates pairs of the set’s order by their own statistics', async () => {
  const { net, images, split } = toy();
  expect((await evaluate(net, images, split, 2)).accuracy).toBe(0.5);
  const { loss, accuracy } = await evaluateTogether(net, images, split, 2);
  expect(accuracy).toBe(1);
  // Half of a pair's difference d is its deviation, so that a logit is ±d / √(d² + ε), 5, 5, 25, 25 grey values.
  const normalised = (grey: number) => grey / 255 / Math.sqrt((grey / 255) ** 2 + 1e-5);
  const losses = [5, 25].map((grey) => Math.log(1 + Math.exp(-2 * normalised(grey))));
  expect(loss).toBeCloseTo((losses[0] + losses[1]) / 2, 5);
});

test('lets the running statistics follow the images, and nothing else change', async () => {
  const { net, images, split } = toy();
  net.eval();
  await evaluateTogether(net, images, split, 2);
  expect(net.training).toBe(false);
  const statistics = net.stateDict();
  const of = async (name: string) => [...((await statistics.get(name)?.data()) ?? [])];
  // From 0 and 1 a tenth of the way to each pair: means 15 and 75, 35 and 225; variances, unbiased, 2 · 5² and 2 · 25².
  const followed = (from: number, first: number, second: number) =>
    0.9 * (0.9 * from + 0.1 * first) + 0.1 * second;
  const means = [followed(0, 15, 75), followed(0, 35, 225)].map((grey) => expect.closeTo(grey / 255, 6));
  expect(await of('0.running_mean')).toEqual(means);
  const variance = followed(1, 50 / 255 ** 2, 1250 / 255 ** 2);
  expect(await of('0.running_var')).toEqual([expect.closeTo(variance, 6), expect.closeTo(variance, 6)]);
});
