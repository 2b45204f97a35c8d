import { makeDataset, type NotedDataset } from './dataset';
import { DataError } from './errors';
import { IDX_HEAD, type IdxHeader, parseIdx, parseIdxHeader } from './idx';
import { checkLabels, type ImageSet } from './images';
import type { Place } from './place';

/** The names that MNIST and its kin are published under. Some mirrors write a dot before `idx`. Each may be gzipped. */
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
 * Reads a data set in MNIST's format: four IDX files in a folder, plain or gzipped.
 * @throws DataError when a file is missing, unreadable, cut, not IDX, or does not fit its partner
 */
export async function loadIdxFolder(
  folder: Place,
  { name, classes, advice }: IdxDescription,
): Promise<NotedDataset> {
  const present = await folder.list({ expected: `a folder with ${WANTED}`, advice });
  const missing = Object.values(IDX_FILES).filter((file) => findIdx(file, present) === undefined);
  if (missing.length > 0) {
    const found = `no ${missing.join(', no ')}`;
    throw new DataError('DATA_MISSING', { file: folder.path, expected: WANTED, found, advice });
  }
  const file = (role: IdxRole) => folder.at(findIdx(IDX_FILES[role], present) ?? IDX_FILES[role]);
  const train = await loadSet(`${name} train`, file('trainImages'), file('trainLabels'), classes);
  const test = await loadSet(`${name} test`, file('testImages'), file('testLabels'), classes);
  return makeDataset(name, train, test);
}

/** Whether names in a folder are those of a data set in MNIST's format. */
export const hasIdxFiles = (present: readonly string[]): boolean =>
  Object.values(IDX_FILES).some((file) => findIdx(file, present) !== undefined);

/**
 * Whether the training labels begin like this: data sets of the same file names are told apart by it.
 * @param present names in the folder
 * @throws DataError where the labels cannot be read
 */
export async function labelsBegin(
  folder: Place,
  present: readonly string[],
  labels: readonly number[],
): Promise<boolean> {
  const file = findIdx(IDX_FILES.trainLabels, present);
  if (file === undefined) return false;
  const place = folder.at(file);
  const { start } = await readHeader(place, 1);
  const head = await place.head(start + labels.length);
  return labels.every((label, i) => head[start + i] === label);
}

function findIdx(file: string, present: readonly string[]): string | undefined {
  const dotted = file.replace('-idx', '.idx');
  return [file, dotted, `${file}.gz`, `${dotted}.gz`].find((name) => present.includes(name));
}

async function loadSet(
  name: string,
  imagesFile: Place,
  labelsFile: Place,
  classes: readonly string[],
): Promise<ImageSet> {
  // Both headers before either's elements: a few bytes of gzip may promise any number of them.
  const images = await readHeader(imagesFile, 3);
  const [count, height, width] = images.shape;
  if (images.bytes === images.start) {
    throw new DataError('DATA_SHAPE', {
      file: imagesFile.path,
      expected: 'at least one image',
      found: `shape [${images.shape.join(', ')}]`,
    });
  }
  const labels = await readHeader(labelsFile, 1);
  if (labels.shape[0] !== count) {
    throw new DataError('DATA_SHAPE', {
      file: labelsFile.path,
      expected: `${count} labels, one for each image`,
      found: `${labels.shape[0]}`,
    });
  }
  const { data } = parseIdx(await imagesFile.unzipped(images.bytes), imagesFile.path);
  const named = parseIdx(await labelsFile.unzipped(labels.bytes), labelsFile.path).data;
  checkLabels(named, classes.length, labelsFile.path);
  return { name, images: data, labels: named, shape: [1, height, width], classes };
}

async function readHeader(file: Place, dimensions: number): Promise<IdxHeader> {
  const header = parseIdxHeader(await file.head(IDX_HEAD), file.path);
  if (header.shape.length !== dimensions) {
    throw new DataError('DATA_SHAPE', {
      file: file.path,
      expected: `${dimensions} dimension${dimensions === 1 ? '' : 's'}`,
      found: `shape [${header.shape.join(', ')}]`,
    });
  }
  return header;
}
