import { expect, test } from 'vitest';
import { makeNetwork } from '../../src/models/catalogue';
import { SeedNet } from '../../src/models/seed';
import { activationsOf } from '../../src/web/engine/activations';
import { judge } from '../../src/web/engine/answers';
import { epochMarks } from '../../src/web/train/charts';
import * as conv from '../reference/conv';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const held = useGpu();

test('answers are compared with labels: loss, accuracy, confusion, and who is wrong how surely', () => {
  const { log } = Math;
  // shares 1/4 and 3/4; 2/3 and 1/3; 1/2 and 1/2, where the first of equals is the answer
  const logits = [0, log(3), log(2), 0, 5, 5];
  const { loss, accuracy, confusion, mistakes } = judge(logits, [0, 0, 1]);
  expect(loss).toBeCloseTo((log(4) + log(1.5) + log(2)) / 3);
  expect(accuracy).toBeCloseTo(1 / 3);
  expect(confusion).toEqual([
    [1, 1],
    [1, 0],
  ]);
  expect(mistakes).toEqual([
    { place: 0, label: 0, answer: 1, probability: expect.closeTo(0.75) },
    { place: 2, label: 1, answer: 0, probability: expect.closeTo(0.5) },
  ]);
});

test('activations are what each layer makes of the image, down to what the network says', async () => {
  const { gpu } = held;
  gpu.manualSeed(3);
  const net = makeNetwork(gpu, 'smallCifarNet', { classes: 4, channels: 1, size: 8, width: 0.25 });
  const image = gpu.randn([1, 1, 8, 8], { seed: 1 });
  const { layers, probabilities } = await activationsOf(net, image);
  expect(layers.map(({ name, shape }) => `${name} ${shape.join('×')}`)).toEqual([
    ...['Convolution 4×8×8', 'ReLU 4×8×8', 'Max pooling 4×4×4'],
    ...['Convolution 8×4×4', 'ReLU 8×4×4', 'Max pooling 8×2×2'],
    ...['Linear 256', 'ReLU 256', 'Linear 32', 'ReLU 32', 'Linear 4'],
  ]);
  if (!(net instanceof SeedNet)) throw new Error('expected a chain of layers');
  const state = net.stateDict();
  const read = async (name: string) => {
    const tensor = state.get(name);
    if (!tensor) throw new Error(name);
    return ref(tensor.shape, await tensor.data());
  };
  const first = conv.conv2d(ref(image.shape, await image.data()), await read('encoder.0.weight'), {
    bias: await read('encoder.0.bias'),
    padding: [2, 2],
  });
  const close = (found: ArrayLike<number>, expected: ArrayLike<number>) =>
    expect(Array.from(found)).toEqual(Array.from(expected, (value) => expect.closeTo(value, 4)));
  close(layers[0].values, first.data);
  close(
    layers[1].values,
    first.data.map((value) => Math.max(0, value)),
  );
  expect(layers[2].values[0]).toBe(Math.max(...[0, 1, 8, 9].map((i) => layers[1].values[i])));
  const logits = [...(await net.eval().forward(image).data())];
  close(layers[10].values, logits);
  const sum = logits.reduce((all, value) => all + Math.exp(value), 0);
  close(
    probabilities,
    logits.map((value) => Math.exp(value) / sum),
  );
  net.dispose();
});

test('ends of epochs are marked, of many only some', () => {
  const point = (step: number, epoch: number) => ({ step, epoch, loss: 1, accuracy: 0, imagesPerSecond: 1 });
  expect(epochMarks([])).toEqual([]);
  expect(epochMarks([point(9, 0.9)])).toEqual([]);
  expect(epochMarks([point(5, 0.5), point(25, 2.5)])).toEqual([
    { at: 10, text: 'epoch 1' },
    { at: 20, text: '2' },
  ]);
  const many = epochMarks([point(3000, 300)]);
  expect(many.map(({ at }) => at)).toEqual(Array.from({ length: 6 }, (_, i) => 500 * (i + 1)));
});
