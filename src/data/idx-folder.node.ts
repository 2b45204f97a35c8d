import { join } from 'node:path';
import { makeDataset, type NotedDataset } from './dataset';
import { DataError } from './errors';
import { type IdxArray, parseIdx } from './idx';
import { checkLabels, type ImageSet } from './images';
import { listFolder, readMaybeGzipped } from './read.node';

/** The names that MNIST and its kin are distributed under; some mirrors write a dot before `idx`, and each may be gzipped. */
const IDX_FILES = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const;
type IdxRole = keyof typeof IDX_FILES;

const WANTED = `the files ${Object.values(IDX_FILES).join(', ')} (.idx for -idx and .gz are fine)`;

export interface IdxDescription {
  readonly name: string;
  readonly classes: readonly string[];
  /** What to do about files that are missing, as a sentence. */
  readonly advice: string;
}

/**
 * Reads a data set in MNIST's form: four IDX files in a folder, plain or gzipped.
 * @throws DataError when a file is missing, unreadable, cut, not IDX, or does not fit its partner
 */
export async function loadIdxFolder(
  dir: string,
  { name, classes, advice }: IdxDescription,
): Promise<NotedDataset> {
  const present = await listFolder(dir, { expected: `a folder with ${WANTED}`, advice });
  const missing = Object.values(IDX_FILES).filter((file) => findIdx(file, present) === undefined);
  if (missing.length > 0) {
    const found = `no ${missing.join(', no ')}`;
    throw new DataError('DATA_MISSING', { file: dir, expected: WANTED, found, advice });
  }
  const path = (role: IdxRole) => join(dir, findIdx(IDX_FILES[role], present) ?? IDX_FILES[role]);
  const train = await loadSet(`${name} train`, path('trainImages'), path('trainLabels'), classes);
  const test = await loadSet(`${name} test`, path('testImages'), path('testLabels'), classes);
  return makeDataset(name, train, test);
}

/** Whether names in a folder are those of a data set in MNIST's form. */
export const hasIdxFiles = (present: readonly string[]): boolean =>
  Object.values(IDX_FILES).some((file) => findIdx(file, present) !== undefined);

/** The first training labels, by which MNIST and Fashion-MNIST are told apart; none where they cannot be read. */
export async function firstLabels(dir: string, present: readonly string[], count: number): Promise<number[]> {
  const file = findIdx(IDX_FILES.trainLabels, present);
  if (file === undefined) return [];
  const { data } = await readIdx(join(dir, file), 1);
  return [...data.subarray(0, count)];
}

function findIdx(file: string, present: readonly string[]): string | undefined {
  const dotted = file.replace('-idx', '.idx');
  return [file, dotted, `${file}.gz`, `${dotted}.gz`].find((name) => present.includes(name));
}

async function loadSet(
  name: string,
  imagesPath: string,
  labelsPath: string,
  classes: readonly string[],
): Promise<ImageSet> {
  const images = await readIdx(imagesPath, 3);
  const labels = await readIdx(labelsPath, 1);
  const [count, height, width] = images.shape;
  if (images.data.length === 0) {
    throw new DataError('DATA_SHAPE', {
      file: imagesPath,
      expected: 'at least one image',
      found: `shape [${images.shape.join(', ')}]`,
    });
  }
  if (labels.shape[0] !== count) {
    throw new DataError('DATA_SHAPE', {
      file: labelsPath,
      expected: `${count} labels, one for each image`,
      found: `${labels.shape[0]}`,
    });
  }
  checkLabels(labels.data, classes.length, labelsPath);
  return { name, images: images.data, labels: labels.data, shape: [1, height, width], classes };
}

async function readIdx(path: string, dimensions: number): Promise<IdxArray> {
  const array = parseIdx(await readMaybeGzipped(path), path);
  if (array.shape.length !== dimensions) {
    throw new DataError('DATA_SHAPE', {
      file: path,
      expected: `${dimensions} dimension${dimensions === 1 ? '' : 's'}`,
      found: `shape [${array.shape.join(', ')}]`,
    });
  }
  return array;
}
