import { aList, aText, checkAll } from '../tensor/guard';
import { DataError } from './errors';
import { anImageSet } from './guard';
import { checkLabels, type Dataset, type ImageSet, type PictureSet, pixelStatistics } from './images';

/** Labels are bytes. */
const MOST_CLASSES = 256;

/** A data set, and what a reader of its results has to know: that it has fewer files than were published, say. */
export interface NotedDataset extends Dataset {
  /** Sentences without a full stop; none for a data set as it was published. */
  readonly notes: readonly string[];
}

/**
 * Training and test images as one data set, with the pixel statistics of the training images.
 * @throws DataError `DATA_SHAPE` when one of the two is empty, or the sizes of their images differ; LabelError on a label
 *   that is no place in `classes`
 * @example
 * ```ts
 * const own = (images: Uint8Array) => data.fromArrays({ images, labels: [0], shape: [1, 1, 2], classes: ['a', 'b'] });
 * const { mean, std } = data.makeDataset('mine', own(Uint8Array.of(0, 255)), own(Uint8Array.of(9, 9)));
 * [...mean, ...std]; // → [0.5, 0.5]
 * ```
 */
export function makeDataset(
  name: string,
  train: PictureSet,
  test: PictureSet,
  notes: readonly string[] = [],
): NotedDataset {
  checkAll('makeDataset', {
    name: [name, aText],
    train: [train, anImageSet],
    test: [test, anImageSet],
    notes: [notes, aList],
  });
  for (const set of [train, test]) {
    if (set.labels.length === 0) {
      throw new DataError('DATA_SHAPE', { file: set.name, expected: 'at least one image', found: 'none' });
    }
    checkLabels(set.labels, set.classes.length, set.name);
  }
  if (String(train.shape) !== String(test.shape)) {
    throw new DataError('DATA_SHAPE', {
      file: test.name,
      expected: `images of the training set's size ${train.shape.slice(1).join(' x ')}`,
      found: test.shape.slice(1).join(' x '),
    });
  }
  return { name, train: withByteLabels(train), test: withByteLabels(test), ...pixelStatistics(train), notes };
}

/** A data set's labels are bytes: those of own pictures may be wider. */
function withByteLabels(set: PictureSet): ImageSet {
  const { name, images, labels, shape, classes } = set;
  if (labels instanceof Uint8Array) return { ...set, labels };
  checkClassCount(classes.length, name, 'Put classes together, or leave some out');
  return { name, images, labels: Uint8Array.from(labels), shape, classes };
}

/** @throws DataError `DATA_LABEL` on more classes than a label can tell apart */
export function checkClassCount(count: number, place: string, advice: string): void {
  if (count <= MOST_CLASSES) return;
  throw new DataError('DATA_LABEL', {
    file: place,
    expected: `at most ${MOST_CLASSES} classes`,
    found: String(count),
    advice,
  });
}

/** How many images each class has, in the order of `classes`. */
export function classCounts({ labels, classes }: Pick<ImageSet, 'labels' | 'classes'>): number[] {
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label]++;
  return counts;
}
