import { expect, test } from 'vitest';
import { inkOf, paintInk } from '../../src/web/ink';

test('ink is the alpha of a canvas, and goes back into one in the colour asked for', () => {
  const ink = inkOf(Uint8ClampedArray.of(1, 2, 3, 0, 4, 5, 6, 128, 7, 8, 9, 255));
  expect([...ink]).toEqual([0, 128, 255]);
  const pixels = new Uint8ClampedArray(12);
  paintInk(pixels, ink, [9, 8, 7]);
  expect([...pixels]).toEqual([9, 8, 7, 0, 9, 8, 7, 128, 9, 8, 7, 255]);
});
