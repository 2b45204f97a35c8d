import { expect, test } from 'vitest';
import * as init from '../../src/nn/init';
import { Conv2d, Linear } from '../../src/nn/layers';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';

const held = useGpu();

/** Uniform over ±bound: within it, close to it somewhere, and of variance bound² / 3 and mean 0 to five standard errors. */
async function expectUniform(tensor: Tensor, bound: number): Promise<void> {
  const values = [...(await tensor.data())];
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const square = values.reduce((a, b) => a + b * b, 0) / n;
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
  expect(largest).toBeGreaterThan(bound * (1 - 20 / n));
  expect(Math.abs(mean)).toBeLessThan((5 * bound) / Math.sqrt(3 * n));
  // The square of a uniform number has variance bound⁴ · 4 / 45.
  expect(Math.abs(square - bound ** 2 / 3)).toBeLessThan(5 * bound ** 2 * Math.sqrt(4 / 45 / n));
}

test("a linear layer starts as PyTorch's, uniform over ±1/√fanIn", async () => {
  const layer = new Linear(held.gpu, 50, 200);
  await expectUniform(layer.weight, 1 / Math.sqrt(50));
  if (layer.bias) await expectUniform(layer.bias, 1 / Math.sqrt(50));
  expect(layer.bias?.shape).toEqual([200]);
});

test("a grouped convolution starts as PyTorch's: the fan-in is that of one group", async () => {
  const layer = new Conv2d(held.gpu, 8, 400, 3, { groups: 2 });
  await expectUniform(layer.weight, 1 / Math.sqrt(36));
  if (layer.bias) await expectUniform(layer.bias, 1 / Math.sqrt(36));
});

test('kaimingUniform with the gain of a ReLU has He and others’ bound √(6 / fanIn)', async () => {
  const tensor = init.kaimingUniform(held.gpu.empty([100, 60]), Math.SQRT2);
  await expectUniform(tensor, Math.sqrt(6 / 60));
});

test('xavierUniform has Glorot and Bengio’s bound, over the kernel too', async () => {
  await expectUniform(init.xavierUniform(held.gpu.empty([20, 30, 3, 3])), Math.sqrt(6 / (20 * 9 + 30 * 9)));
  await expectUniform(init.xavierUniform(held.gpu.empty([100, 30]), 2), 2 * Math.sqrt(6 / 130));
});

/** Normal of mean 0: mean, variance and the tenth of draws beyond 1.645 deviations, each to five standard errors. */
async function expectNormal(tensor: Tensor, deviation: number): Promise<void> {
  const values = [...(await tensor.data())].map((value) => value / deviation);
  const n = values.length;
  const mean = (f: (value: number) => number) => values.reduce((sum, value) => sum + f(value), 0) / n;
  expect(Math.abs(mean((value) => value))).toBeLessThan(5 / Math.sqrt(n));
  expect(Math.abs(mean((value) => value * value) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
  expect(Math.abs(mean((value) => Number(Math.abs(value) > 1.645)) - 0.1)).toBeLessThan(
    5 * Math.sqrt(0.09 / n),
  );
}

test('kaimingNormal has He and others’ deviation √(2 / fan), of the inputs or of the outputs', async () => {
  const { gpu } = held;
  await expectNormal(init.kaimingNormal(gpu.empty([40, 5, 3, 3])), Math.sqrt(2 / 45));
  await expectNormal(init.kaimingNormal(gpu.empty([40, 5, 3, 3]), 'fanOut'), Math.sqrt(2 / 360));
  await expectNormal(init.kaimingNormal(gpu.empty([100, 30]), 'fanIn', 1), Math.sqrt(1 / 30));
});

test('normal has the deviation that is asked for, and zeros are zeros', async () => {
  const tensor = init.normal(held.gpu.empty([3000]), 0.01);
  await expectNormal(tensor, 0.01);
  expect(new Set(await init.zeros(tensor).data())).toEqual(new Set([0]));
});

test('a tensor of one axis has no fans', () => {
  expect(() => init.kaimingUniform(held.gpu.empty([4]))).toThrow(ShapeError);
});

test('the same seed gives the same weights, another one others, and no two layers start alike', async () => {
  const { gpu } = held;
  const layers = async (seed: number) => {
    gpu.manualSeed(seed);
    const made = [new Linear(gpu, 4, 4), new Linear(gpu, 4, 4)];
    return Promise.all(made.map(async ({ weight }) => [...(await weight.data())]));
  };
  const [first, second] = await layers(1);
  expect(first).not.toEqual(second);
  expect(await layers(1)).toEqual([first, second]);
  expect((await layers(2))[0]).not.toEqual(first);
});
