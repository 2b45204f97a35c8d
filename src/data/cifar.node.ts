import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTarGz } from './archive.node';
import { CIFAR10, CIFAR100, type CifarFile, type CifarFormat, parseCifar, parseClassNames } from './cifar';
import { makeDataset, type NotedDataset } from './dataset';
import { DataError } from './errors';
import { listFolder, readBytes } from './read.node';

/** How a data set's files are named, and where they lie when its archive was unpacked or not. */
export interface CifarLayout {
  readonly format: CifarFormat;
  readonly train: RegExp;
  readonly test: string;
  readonly names: string;
  /** The training files, in words. */
  readonly wanted: string;
  readonly trainFiles: number;
  readonly trainImages: number;
  readonly folder: string;
  readonly archive: string;
  readonly fetch: string;
}

export const CIFAR10_LAYOUT: CifarLayout = {
  format: CIFAR10,
  train: /^data_batch_\d+\.bin$/,
  test: 'test_batch.bin',
  names: 'batches.meta.txt',
  wanted: 'data_batch_1.bin and its like',
  trainFiles: 5,
  trainImages: 50_000,
  folder: 'cifar-10-batches-bin',
  archive: 'cifar-10-binary.tar.gz',
  fetch: 'cifar10',
};

export const CIFAR100_LAYOUT: CifarLayout = {
  format: CIFAR100,
  train: /^train\.bin$/,
  test: 'test.bin',
  names: 'fine_label_names.txt',
  wanted: 'train.bin',
  trainFiles: 1,
  trainImages: 50_000,
  folder: 'cifar-100-binary',
  archive: 'cifar-100-binary.tar.gz',
  fetch: 'cifar100',
};

/**
 * Reads CIFAR-10 in its binary format: a folder with `test_batch.bin` and one or more `data_batch_*.bin`, a folder with
 * the official archive in it, packed or unpacked, or that `.tar.gz` itself. Images are [3, 32, 32].
 *
 * @throws DataError when a file is missing, unreadable or cut, or holds a label that is no class
 */
export const loadCifar10 = (path: string): Promise<NotedDataset> => loadCifar(path, CIFAR10_LAYOUT);

/** As `loadCifar10`, with `train.bin` and `test.bin`; labels are the 100 fine ones. */
export const loadCifar100 = (path: string): Promise<NotedDataset> => loadCifar(path, CIFAR100_LAYOUT);

/** Whether names in a folder are those of this data set, in any of the forms that are read. */
export const hasCifarFiles = (present: readonly string[], layout: CifarLayout): boolean =>
  present.some((name) => isPart(name, layout) || name === layout.folder || name === layout.archive);

async function loadCifar(path: string, layout: CifarLayout): Promise<NotedDataset> {
  const place = await locate(path, layout);
  const files = await readParts(place, layout);
  const { format, test, names, trainFiles, trainImages } = layout;
  const training = [...files.keys()].filter((name) => layout.train.test(name)).sort(byNumber);
  const missing = [...(training.length === 0 ? [layout.wanted] : []), ...(files.has(test) ? [] : [test])];
  if (missing.length > 0) {
    throw new DataError('DATA_MISSING', {
      file: place,
      expected: `${layout.wanted} and ${test}, or ${layout.archive}`,
      found: `no ${missing.join(', no ')}`,
      advice: adviceFor(layout),
    });
  }
  const part = (name: string): CifarFile => ({
    name: join(place, name),
    bytes: files.get(name) ?? new Uint8Array(),
  });
  const classes = files.has(names) ? parseClassNames(part(names), format) : format.classes;
  const named = { ...format, classes };
  const train = parseCifar(`${format.name} train`, training.map(part), named);
  const notes =
    train.labels.length < trainImages
      ? [
          `${train.labels.length} of the published ${trainImages} training images, ${training.length} of ${trainFiles} files`,
        ]
      : [];
  return makeDataset(format.name, train, parseCifar(`${format.name} test`, [part(test)], named), notes);
}

const isPart = (name: string, { train, test, names }: CifarLayout): boolean =>
  train.test(name) || name === test || name === names;

/** Batch 10 comes after batch 9. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** The folder of the parts or the archive that a path means: itself, or one in it. */
async function locate(path: string, layout: CifarLayout): Promise<string> {
  if (await isFile(path)) return path;
  const present = await listFolder(path, {
    expected: `a folder with ${layout.wanted} and ${layout.test}, or ${layout.archive}`,
    advice: adviceFor(layout),
  });
  if (present.some((name) => isPart(name, layout))) return path;
  const inside = [layout.folder, layout.archive].find((name) => present.includes(name));
  return inside === undefined ? path : join(path, inside);
}

async function readParts(place: string, layout: CifarLayout): Promise<Map<string, Uint8Array>> {
  const wanted = (name: string) => isPart(name, layout);
  if (await isFile(place)) return readTarGz(place, wanted);
  const files = new Map<string, Uint8Array>();
  for (const name of (await readdir(place)).filter(wanted))
    files.set(name, await readBytes(join(place, name)));
  return files;
}

const adviceFor = ({ format, fetch }: CifarLayout): string =>
  `Name the folder or archive of ${format.name} in its binary version, or get it with taskgrad data fetch ${fetch}`;

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ?? false;
}
