import { describe, expect, test } from 'vitest';
import { type RandomCropOptions, randomCrop, randomFlip } from '../../src/ops/augment';
import type { Tensor } from '../../src/tensor/tensor';
import { useDevice } from './device';

const device = useDevice();
const list = async (tensor: Tensor) => [...(await tensor.data())];

describe('randomCrop', () => {
  test('moves a lit pixel to every place within the padding, evenly over many images', async () => {
    const IMAGES = 3000;
    const x = device.gpu.zeros([IMAGES, 1, 5, 5]);
    x.write(Array.from({ length: IMAGES * 25 }, (_, i) => (i % 25 === 12 ? 1 : 0)));
    const found = await list(randomCrop(x, { padding: 1, seed: 8 }));
    const counts = new Map<number, number>();
    found.forEach((value, i) => {
      if (value === 1) counts.set(i % 25, (counts.get(i % 25) ?? 0) + 1);
    });
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([6, 7, 8, 11, 12, 13, 16, 17, 18]);
    // A ninth each, within six standard deviations of a binomial count.
    const expected = IMAGES / 9;
    for (const count of counts.values()) {
      expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt((expected * 8) / 9));
    }
  });

  test('moves all channels of an image alike', async () => {
    const plane = device.gpu.randn([4, 1, 6, 6], { seed: 1 });
    const twice = device.gpu.empty([4, 2, 6, 6]);
    const values = await list(plane);
    twice.write(Array.from({ length: 4 * 72 }, (_, i) => values[Math.floor(i / 72) * 36 + (i % 36)]));
    const found = await list(randomCrop(twice, { padding: 3, seed: 2 }));
    found.forEach((value, i) => {
      if (i % 72 < 36) expect(found[i + 36]).toBe(value);
    });
  });

  test('sees the same images again with the same seed and offset, others with the next offset', async () => {
    const x = device.gpu.randn([16, 1, 8, 8], { seed: 1 });
    const first = await list(randomCrop(x, { padding: 2, seed: 2, offset: 40 }));
    expect(await list(randomCrop(x, { padding: 2, seed: 2, offset: 40 }))).toEqual(first);
    expect(await list(randomCrop(x, { padding: 2, seed: 2, offset: 41 }))).not.toEqual(first);
    expect(await list(randomCrop(x, { padding: 2, seed: 3, offset: 40 }))).not.toEqual(first);
  });

  test('refuses other shapes, a negative padding and a seed that is no word', () => {
    const call = (shape: readonly number[], options: RandomCropOptions) => () =>
      randomCrop(device.gpu.zeros(shape), options);
    expect(call([3, 4], { padding: 1, seed: 1 })).toThrow(
      'randomCrop: images must be f32 [N,C,H,W], got f32[3,4]',
    );
    expect(call([1, 1, 2, 2], { padding: -1, seed: 1 })).toThrow('randomCrop: padding is -1');
    expect(call([1, 2, 2, 2], { padding: 1, fill: [0], seed: 1 })).toThrow(
      'fill has 1 values, expected one for each',
    );
    expect(call([1, 1, 2, 2], { padding: 1, seed: 0.5 })).toThrow('randomCrop: seed is 0.5');
    expect(call([1, 1, 2, 2], { padding: 1, seed: 1, offset: -2 })).toThrow('randomCrop: offset is -2');
  });
});

describe('randomFlip', () => {
  test('mirrors about the given part of the images, and leaves the others alone', async () => {
    const IMAGES = 2000;
    const x = device.gpu.zeros([IMAGES, 1, 1, 3]);
    x.write(Array.from({ length: IMAGES * 3 }, (_, i) => i % 3));
    const found = await list(randomFlip(x, { p: 0.3, seed: 6 }));
    let mirrored = 0;
    for (let n = 0; n < IMAGES; n++) {
      const image = found.slice(3 * n, 3 * n + 3).join();
      if (image === '2,1,0') mirrored += 1;
      else expect(image).toBe('0,1,2');
    }
    expect(Math.abs(mirrored - 0.3 * IMAGES)).toBeLessThan(6 * Math.sqrt(0.3 * 0.7 * IMAGES));
  });

  test('passes images through at p = 0', async () => {
    const x = device.gpu.randn([3, 2, 4, 5], { seed: 1 });
    expect(await list(randomFlip(x, { p: 0, seed: 1 }))).toEqual(await list(x));
  });

  test('refuses a probability outside [0, 1] and other shapes', () => {
    const x = () => device.gpu.zeros([1, 1, 2, 2]);
    for (const p of [-0.1, 1.1, Number.NaN]) {
      expect(() => randomFlip(x(), { p, seed: 1 })).toThrow(`randomFlip: p is ${p}`);
    }
    expect(() => randomFlip(device.gpu.zeros([2]), { seed: 1 })).toThrow('got f32[2]');
  });
});
