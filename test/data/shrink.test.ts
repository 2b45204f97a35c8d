import { expect, test } from 'vitest';
import { shrunk } from '../../src/data/shrink';
import { failure } from './failure';

const set = {
  name: 'two',
  // [2, 1, 3, 5]: the third row and the fifth column are left over by a factor of two.
  images: Uint8Array.from({ length: 30 }, (_, i) => i),
  labels: Uint8Array.of(0, 1),
  shape: [1, 3, 5] as const,
  classes: ['a', 'b'],
};

test('shrunk › a pixel is the mean of a block, rounded, and what is left over is cut off', () => {
  const { images, shape } = shrunk(set, 2);
  expect(shape).toEqual([1, 1, 2]);
  // (0 + 1 + 5 + 6) / 4, (2 + 3 + 7 + 8) / 4; fifteen more in the second image
  expect([...images]).toEqual([3, 5, 18, 20]);
  expect(shrunk(set, 1)).toBe(set);
});

test('shrunk › says by how much images can be shrunk', async () => {
  expect(await failure(() => shrunk(set, 4))).toMatchObject({
    message: 'two: images of 3 × 5 pixels cannot be shrunk by 4, expected at most 3',
  });
});
