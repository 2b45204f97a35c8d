import type { CifarFormat } from '../cifar';
import { type CifarLayout, hasCifarFiles, loadCifar } from '../cifar-folder';
import { defineDataset, published } from '../define';

/**
 * As `parseCifar` takes it.
 * @example
 * ```ts
 * data.CIFAR10.classes[3]; // → 'cat'
 * ```
 */
export const CIFAR10: CifarFormat = {
  name: 'CIFAR-10',
  labelRanges: [10],
  classes: 'airplane automobile bird cat deer dog frog horse ship truck'.split(' '),
};

const LAYOUT: CifarLayout = {
  format: CIFAR10,
  train: /^data_batch_\d+\.bin$/,
  test: 'test_batch.bin',
  names: 'batches.meta.txt',
  wanted: 'data_batch_1.bin and its like',
  trainFiles: 5,
  trainImages: 50_000,
  testImages: 10_000,
  folder: 'cifar-10-batches-bin',
  archive: 'cifar-10-binary.tar.gz',
  advice:
    'Name the folder or archive of CIFAR-10 in its binary version, or get it with taskgrad data fetch cifar10',
};

/**
 * Photographs of ten kinds of things, [3, 32, 32]. Tasks 4 to 7 are those of DESIGN section 5, by the classes' names.
 * Source: Krizhevsky, "The CIFAR-10 and CIFAR-100 datasets", https://www.cs.toronto.edu/~kriz/cifar.html
 */
export const cifar10 = defineDataset({
  name: 'cifar10',
  title: CIFAR10.name,
  format: 'binary',
  mirrors: true,
  source: {
    base: 'https://www.cs.toronto.edu/~kriz/',
    files: [published(LAYOUT.archive, 'c32a1d4ab5d03f1284b67883e8d87530')],
  },
  archive: { name: LAYOUT.archive, like: /cifar-?10(?!0)/i },
  recognise: (names) => hasCifarFiles(names, LAYOUT),
  load: (place) => loadCifar(place, LAYOUT),
  tasks: [
    {
      id: '4',
      name: 'automobile, cat, ship vs rest',
      kind: 'binary',
      classes: ['rest', 'automobile, cat, ship'],
      positives: [1, 3, 8],
    },
    {
      id: '5',
      name: 'cat, ship, truck vs rest',
      kind: 'binary',
      classes: ['rest', 'cat, ship, truck'],
      positives: [3, 8, 9],
    },
    {
      id: '6',
      name: 'bird, frog, horse + rest',
      kind: 'multi',
      classes: ['rest', 'bird', 'frog', 'horse'],
      positives: [2, 6, 7],
    },
    {
      id: '7',
      name: 'all of CIFAR-10',
      kind: 'all',
      classes: CIFAR10.classes,
      positives: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    },
  ],
});
