import { aNumber, aText, checkAll, numbers } from '../tensor/guard';
import { DataError, LabelError } from './errors';
import { anImageSet } from './guard';

/** Labelled images of one size, kept as bytes. */
export interface ImageSet {
  /** For messages, such as `MNIST train`. */
  readonly name: string;
  /** [N, channels, height, width], row-major, 0 to 255. */
  readonly images: Uint8Array;
  /** [N], indices into `classes`. */
  readonly labels: Uint8Array;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly classes: readonly string[];
}

export interface Dataset {
  readonly name: string;
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** Per channel, of the training pixels / 255. */
  readonly mean: readonly number[];
  /** Per channel, of the training pixels / 255; the population's, not the sample's. */
  readonly std: readonly number[];
}

/** @throws LabelError at the first label that is not in 0 to `classes` - 1 */
export function checkLabels(labels: ArrayLike<number>, classes: number, name: string): void {
  checkAll('checkLabels', { labels: [labels, numbers], classes: [classes, aNumber], name: [name, aText] });
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] >= classes || labels[i] < 0) throw new LabelError(name, i, labels[i], classes);
  }
}

/**
 * The images at `indices`, in that order, copied. An index may come twice.
 * @throws DataError `DATA_INDEX` when an index is not in the set
 */
export function subset(set: ImageSet, indices: ArrayLike<number>): ImageSet {
  checkAll('subset', { set: [set, anImageSet], indices: [indices, numbers] });
  const size = set.shape[0] * set.shape[1] * set.shape[2];
  const images = new Uint8Array(indices.length * size);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i];
    if (!Number.isInteger(from) || from < 0 || from >= set.labels.length) {
      throw new DataError('DATA_INDEX', {
        file: set.name,
        expected: `indices from 0 to ${set.labels.length - 1}`,
        found: `${from} at position ${i}`,
      });
    }
    images.set(set.images.subarray(from * size, (from + 1) * size), i * size);
    labels[i] = set.labels[from];
  }
  return { ...set, images, labels };
}

/**
 * Mean and standard deviation of pixels / 255, per channel. Taken from a count of each grey value,
 * so the sums are exact integers whatever the number of images.
 */
export function pixelStatistics(set: ImageSet): { mean: number[]; std: number[] } {
  checkAll('pixelStatistics', { set: [set, anImageSet] });
  const [channels, height, width] = set.shape;
  const mean: number[] = [];
  const std: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const counts = countValues(set.images, channel * height * width, height * width, channels);
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
