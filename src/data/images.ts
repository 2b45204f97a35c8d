import { aNumber, aText, checkAll, options as fields, numbers, optional } from '../tensor/guard';
import { LabelError } from './errors';
import { pictures } from './guard';

const labelOptions = fields({ ignoreIndex: optional(aNumber) });

/** Pictures of one size, kept as bytes. */
export interface Pictures {
  /** For messages, such as `MNIST train`. */
  readonly name: string;
  /** [N, channels, height, width], row-major, 0 to 255. */
  readonly images: Uint8Array;
  /** Of one picture. */
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** Which class each sample is of. */
export interface ClassLabels {
  /** [N], indices into `classes`; −100 for a sample that counts in nothing. */
  readonly labels: Uint8Array | Int32Array;
  /** Names of the classes, in the order of their labels. */
  readonly classes: readonly string[];
}

/** Labelled pictures of one size. */
export interface PictureSet extends Pictures, ClassLabels {}

/** Labelled images of one size, of at most 256 classes; labels are bytes, too. */
export interface ImageSet extends PictureSet {
  /** [N], indices into `classes`. */
  readonly labels: Uint8Array;
}

/** Images to train on and images to test on, of the same classes. */
export interface Dataset {
  /** What people call it. */
  readonly name: string;
  /** What is trained on. */
  readonly train: ImageSet;
  /** What is tested on. */
  readonly test: ImageSet;
  /** Per channel, of the training pixels / 255. */
  readonly mean: readonly number[];
  /** Per channel, of the training pixels / 255; the population's, not the sample's. */
  readonly std: readonly number[];
}

/** Place of the first label that is neither a class from 0 to `classes` − 1 nor `ignoreIndex`; −1 if there is none. */
export function strayLabel(labels: ArrayLike<number>, classes: number, ignoreIndex?: number): number {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (!(Number.isInteger(label) && label >= 0 && label < classes) && label !== ignoreIndex) return i;
  }
  return -1;
}

/**
 * Checks labels before they are copied to the GPU, where nothing can refuse them.
 * @param options.ignoreIndex a label that may stand beside the classes, −100 for samples that `ops.crossEntropy` leaves out;
 *   default: none
 * @throws LabelError at the first label that is not a whole number from 0 to `classes` − 1
 * @example
 * ```ts
 * data.checkLabels([0, 2, 1], 3, 'mine'); // throws nothing
 * data.checkLabels([0, -100], 3, 'mine', { ignoreIndex: -100 }); // nor does this
 * ```
 */
export function checkLabels(
  labels: ArrayLike<number>,
  classes: number,
  name: string,
  options: { readonly ignoreIndex?: number } = {},
): void {
  checkAll('checkLabels', {
    labels: [labels, numbers],
    classes: [classes, aNumber],
    name: [name, aText],
    options: [options, labelOptions],
  });
  const stray = strayLabel(labels, classes, options.ignoreIndex);
  if (stray >= 0) throw new LabelError(name, stray, labels[stray], classes);
}

/**
 * Mean and standard deviation of pixels / 255, per channel. Taken from a count of each grey value,
 * so the sums are exact integers whatever the number of images.
 * @example
 * ```ts
 * const images = Uint8Array.of(0, 255, 0, 255);
 * data.pixelStatistics({ name: 'mine', images, shape: [1, 2, 2] }); // → { mean: [0.5], std: [0.5] }
 * ```
 */
export function pixelStatistics(set: Pictures): { mean: number[]; std: number[] } {
  checkAll('pixelStatistics', { set: [set, pictures] });
  const { images, shape } = set;
  const [channels, height, width] = shape;
  const mean: number[] = [];
  const std: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const counts = countValues(images, channel * height * width, height * width, channels);
    let total = 0;
    let sum = 0;
    let squares = 0;
    for (let value = 0; value < counts.length; value++) {
      total += counts[value];
      sum += counts[value] * value;
      squares += counts[value] * value * value;
    }
    mean.push(sum / total / 255);
    std.push(Math.sqrt(squares / total - (sum / total) ** 2) / 255);
  }
  return { mean, std };
}

function countValues(images: Uint8Array, start: number, plane: number, channels: number): Float64Array {
  const counts = new Float64Array(256);
  for (let first = start; first < images.length; first += plane * channels) {
    for (let i = first; i < first + plane; i++) counts[images[i]]++;
  }
  return counts;
}
