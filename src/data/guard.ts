import {
  ArgumentError,
  aList,
  aText,
  type Check,
  type Checked,
  kind,
  optional,
  options,
  type Takes,
} from '../tensor/guard';

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
const has = (value: unknown, member: string): boolean =>
  typeof value === 'object' && value !== null && member in value;
/** Labels come with the names of their classes. */
const withAnswers = (members: Takes): Check => {
  const all = options({ ...members, ...answers });
  return (call, name, value) => {
    all(call, name, value);
    if (has(value, 'labels')) withClasses(call, name, value);
  };
};
const allPictures = withAnswers({ name: aText, images: pixels, shape: imageShape });
const allSamples = withAnswers({ name: aText, inputs: floatArray, shape: sampleShape });
/** Pictures, whether they have labels or not. */
export const pictures: Check = (call, name, value) => {
  if (has(value, 'inputs') && !has(value, 'images')) throw misplaced(call, name, 'numbers', 'pictures');
  allPictures(call, name, value);
};
/** Samples, whether they have labels or not. */
export const samples: Check = (call, name, value) => {
  if (has(value, 'images') && !has(value, 'inputs')) throw misplaced(call, name, 'pictures', 'numbers');
  allSamples(call, name, value);
};
export const anImageSet = options({
  name: aText,
  images: pixels,
  labels: labelArray,
  shape: imageShape,
  classes: aList,
});
/** Pictures or samples, with labels or targets where they have any. */
export const aHostSet: Check = (call, name, value) => {
  (has(value, 'inputs') ? allSamples : allPictures)(call, name, value);
};

type Kind = 'numbers' | 'pictures';

function misplaced({ op }: Checked, name: string, given: Kind, expected: Kind): ArgumentError {
  const door = { numbers: 'data.DeviceSamples', pictures: 'data.DeviceImages' }[given];
  return new ArgumentError(op, name, `a set of ${given}`, `one of ${expected}; ${door} takes ${given}`);
}
