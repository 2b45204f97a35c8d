import { aList, aText, type Check, kind, optional, options, type Takes } from '../tensor/guard';

/** A Uint8Array of grey values: pixels in [0, 1] would all be 0. */
export const pixels = kind(
  'a Uint8Array of grey values from 0 to 255; write Uint8Array.from(pixels, (value) => 255 * value) for values in [0, 1]',
  (value) => value instanceof Uint8Array,
);
export const floatArray = kind(
  'a Float32Array; write Float32Array.from(values)',
  (value) => value instanceof Float32Array,
);
const labelArray = kind(
  'a Uint8Array or an Int32Array',
  (value) => value instanceof Uint8Array || value instanceof Int32Array,
);
export const imageShape = kind(
  'three numbers: [channels, height, width]',
  (value) => Array.isArray(value) && value.length === 3 && value.every(Number.isInteger),
);
/** Of one sample. */
export const sampleShape = kind(
  'the shape of one sample: an array of whole numbers of at least 1',
  (value) => Array.isArray(value) && value.every((length) => Number.isInteger(length) && length >= 1),
);

export const indexArray = kind('a Uint32Array of positions', (value) => value instanceof Uint32Array);

const answers = {
  labels: optional(labelArray),
  classes: optional(aList),
  targets: optional(floatArray),
  targetShape: optional(sampleShape),
};
const withClasses = options({ classes: aList });
/** Labels come with the names of their classes. */
const withAnswers = (members: Takes): Check => {
  const all = options({ ...members, ...answers });
  return (call, name, value) => {
    all(call, name, value);
    if (typeof value === 'object' && value !== null && 'labels' in value) withClasses(call, name, value);
  };
};
/** Pictures, whether they have labels or not. */
export const pictures = withAnswers({ name: aText, images: pixels, shape: imageShape });
/** Samples, whether they have labels or not. */
export const samples = withAnswers({ name: aText, inputs: floatArray, shape: sampleShape });
export const anImageSet = options({
  name: aText,
  images: pixels,
  labels: labelArray,
  shape: imageShape,
  classes: aList,
});
/** Pictures or samples, with labels or targets where they have any. */
export const aHostSet: Check = (call, name, value) => {
  const hasInputs = typeof value === 'object' && value !== null && 'inputs' in value;
  (hasInputs ? samples : pictures)(call, name, value);
};
