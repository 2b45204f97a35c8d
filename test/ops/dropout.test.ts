import { describe, expect, test } from 'vitest';
import { backward, grad } from '../../src/autograd/backward';
import { type DropoutOptions, dropout } from '../../src/ops/dropout';
import { sum } from '../../src/ops/reduction';
import { philox4x32 } from '../../src/tensor/random';
import { ShapeError } from '../../src/tensor/shape';
import { useDevice } from './device';

const device = useDevice();
const SHAPE = [37, 83];
const COUNT = 37 * 83;

const ofOnes = async (options: DropoutOptions) => [
  ...(await dropout(device.gpu.ones(SHAPE), options).data()),
];

describe('dropout', () => {
  test('keeps and scales exactly the elements that the host twin of Philox draws', async () => {
    const options = { p: 0.3, seed: 5, stream: 2, offset: 11 };
    const expected = Array.from({ length: COUNT }, (_, i) => {
      const word = philox4x32([Math.floor(i / 4), 11, 1, 0], [5, 2])[i % 4];
      return (word >>> 8) / 2 ** 24 >= Math.fround(0.3) ? Math.fround(1 / 0.7) : 0;
    });
    expect(await ofOnes(options)).toEqual(expected);
  });

  test('gives the same mask for the same key, another for another seed, stream or offset', async () => {
    const key = { seed: 5, stream: 2, offset: 11 };
    const mask = await ofOnes(key);
    expect(await ofOnes(key)).toEqual(mask);
    for (const other of [{ seed: 6 }, { stream: 3 }, { offset: 12 }]) {
      const same = (await ofOnes({ ...key, ...other })).filter((value, i) => value === mask[i]).length;
      expect(same / COUNT).toBeGreaterThan(0.45);
      expect(same / COUNT).toBeLessThan(0.55);
    }
  });

  test('keeps the mean', async () => {
    for (const p of [0.1, 0.5, 0.9]) {
      const values = await ofOnes({ p, seed: 1 });
      const mean = values.reduce((a, b) => a + b) / COUNT;
      // Six standard deviations of a mean of COUNT draws, each 0 or 1 / (1 − p).
      expect(Math.abs(mean - 1)).toBeLessThan(6 * Math.sqrt(p / (1 - p) / COUNT));
    }
  });

  test('passes the gradient through the same mask', async () => {
    const x = device.gpu.ones(SHAPE, { requiresGrad: true });
    const y = dropout(x, { p: 0.4, seed: 9, offset: 3 });
    const mask = [...(await y.data())];
    const [dx] = grad(y, [x], device.gpu.full(SHAPE, 2));
    expect([...(await dx.data())]).toEqual(mask.map((value) => 2 * value));
  });

  test('leaves values and gradient alone in evaluation, and outlives its input', async () => {
    const x = device.gpu.tensor([1, 2, 3], [3], { requiresGrad: true });
    const y = dropout(x, { p: 0.9, training: false, seed: 1 });
    const [dx] = grad(y, [x], device.gpu.tensor([4, 5, 6], [3]));
    x.dispose();
    expect([...(await y.data())]).toEqual([1, 2, 3]);
    expect([...(await dx.data())]).toEqual([4, 5, 6]);
  });

  test('refuses a probability outside [0, 1]', () => {
    for (const p of [-0.1, 1.001, Number.NaN]) {
      const call = () => dropout(device.gpu.ones([2]), { p, seed: 1 });
      expect(call).toThrow(ShapeError);
      expect(call).toThrow(`dropout: p is ${p}, expected a probability from 0 to 1`);
    }
  });

  test('p = 1 gives zeros, and zeros for the gradient, as in PyTorch', async () => {
    const x = device.gpu.tensor([1, -2, 3], [3], { requiresGrad: true });
    const y = dropout(x, { p: 1, seed: 1 });
    expect([...(await y.data())]).toEqual([0, 0, 0]);
    backward(sum(y));
    expect([...((await x.grad?.data()) ?? [])]).toEqual([0, 0, 0]);
  });

  test('refuses integers', () => {
    const call = () => dropout(device.integers([1, 2]), { seed: 1 });
    expect(call).toThrow('dropout: x must be f32, got i32[2]');
  });

  test('refuses a key that is not three words of 32 bits', () => {
    const call = (key: DropoutOptions) => () => dropout(device.gpu.ones([2]), key);
    expect(call({ seed: -1 })).toThrow('dropout: seed is -1, expected a whole number from 0 to 4294967295');
    expect(call({ seed: 1, stream: 0.5 })).toThrow('dropout: stream is 0.5');
    expect(call({ seed: 1, offset: 2 ** 32 })).toThrow('dropout: offset is 4294967296');
  });
});
