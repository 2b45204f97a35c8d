import { aList, aText, bytes, kind, numbers, options } from '../tensor/guard';

/** A Uint8Array of grey values: pixels in [0, 1] would all be 0. */
const pixels = kind(
  'a Uint8Array of grey values from 0 to 255; write Uint8Array.from(pixels, (value) => 255 * value) for values in [0, 1]',
  (value) => value instanceof Uint8Array,
);
export const anImageSet = options({
  name: aText,
  images: pixels,
  labels: bytes,
  shape: kind(
    'three numbers: [channels, height, width]',
    (value) => Array.isArray(value) && value.length === 3 && value.every(Number.isInteger),
  ),
  classes: aList,
});
/** Any list of numbers. Who reads it says which are possible. */
export const aLabelList = numbers;
