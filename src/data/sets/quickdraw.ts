import { checkClassCount, makeDataset, type NotedDataset } from '../dataset';
import { defineDataset, type RemoteFile } from '../define';
import { DataError } from '../errors';
import type { ImageSet } from '../images';
import { checkByteRows, NPY_PREFIX, npyDataOffset, parseNpyHeader } from '../npy';
import type { Place } from '../place';

const TITLE = 'Quick, Draw!';
const SIDE = 28;
const PIXELS = SIDE * SIDE;
const PREFIX = 'full_numpy_bitmap_';
const SUFFIX = '.npy';

/** The ten classes of the published table. */
export const QUICKDRAW_CLASSES: readonly string[] = [
  'apple',
  'baseball bat',
  'bear',
  'envelope',
  'guitar',
  'lollipop',
  'moon',
  'mouse',
  'mushroom',
  'rabbit',
];
const PUBLISHED_DRAWINGS = 6000;
const ADVICE =
  'Name the folder of full_numpy_bitmap_<class>.npy files, or get them with taskgrad data fetch quickdraw';

/** What browsers save a class's file as from the publisher's page. */
const fileName = (className: string): string => `${PREFIX}${className}${SUFFIX}`;

/** No sums are published. */
const remoteFile = (className: string): RemoteFile => ({
  remote: `${encodeURIComponent(className)}${SUFFIX}`,
  local: fileName(className),
  check: checkBitmaps,
});

/**
 * Drawings by many people, [1, 28, 28], a file for each of 345 classes.
 * Source: Google, "The Quick, Draw! Dataset", https://github.com/googlecreativelab/quickdraw-dataset
 */
export const quickdraw = defineDataset({
  name: 'quickdraw',
  title: TITLE,
  format: SUFFIX,
  mirrors: true,
  source: {
    base: 'https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap/',
    files: QUICKDRAW_CLASSES.map(remoteFile),
    perClass: { file: remoteFile, size: 'about 100 MB each' },
  },
  recognise: (names) => classFiles(names).size > 0,
  load: (folder) => loadBitmaps(folder),
  tasks: [],
});

/** Which drawings are read. */
export interface QuickDrawOptions {
  /** Class names in the order of their labels; default: the ten published ones if all are there, else every file's. */
  readonly classes?: readonly string[];
  /** Drawings of each class to train on; default 5000. */
  readonly train?: number;
  /** Drawings of each class to test on; default 1000. */
  readonly test?: number;
}

/**
 * Reads bitmaps from a folder of `full_numpy_bitmap_<class>.npy` or `<class>.npy`. The first drawings of each file are to
 * train on, the ones after them to test on. No other row is read. A class with fewer than `train` + `test` drawings is
 * split in that ratio, and the data set's notes say so.
 *
 * @throws DataError when a class is missing, or a file is unreadable, cut, or holds other than 28 x 28 bytes a row
 */
export async function loadBitmaps(folder: Place, options: QuickDrawOptions = {}): Promise<NotedDataset> {
  const { train = 5000, test = 1000 } = options;
  checkWanted(folder, { train, test });
  const names = await folder.list({ expected: `a folder of ${TITLE} bitmaps`, advice: ADVICE });
  const present = classFiles(names);
  checkOnce(folder, names, present);
  const classes = options.classes ?? defaultClasses([...present.keys()]);
  checkClassCount(classes.length, folder.path, 'Name the classes to use');
  const missing = classes.filter((name) => !present.has(name));
  if (classes.length === 0 || missing.length > 0) {
    throw new DataError('DATA_MISSING', {
      file: folder.path,
      expected: classes.length === 0 ? `files ${fileName('<class>')}` : fileName(missing[0]),
      found: present.size === 0 ? 'none' : `only ${[...present.keys()].join(', ')}`,
      advice: ADVICE,
    });
  }
  const parts: ClassPart[] = [];
  for (const name of classes) {
    parts.push(await readClass(name, folder.at(present.get(name) ?? fileName(name)), { train, test }));
  }
  const gather = (role: 'train' | 'test'): ImageSet => ({
    name: `${TITLE} ${role}`,
    ...concatenate(parts.map((part) => part[role])),
    shape: [1, SIDE, SIDE],
    classes,
  });
  return makeDataset(TITLE, gather('train'), gather('test'), notesOn(parts));
}

/**
 * Checks that a file holds bitmaps, by its header and length.
 * @returns the number of drawings
 * @throws DataError
 */
export async function checkBitmaps(file: Place): Promise<number> {
  return (await readHeader(file)).rows;
}

interface Wanted {
  readonly train: number;
  readonly test: number;
}

interface ClassPart {
  readonly name: string;
  readonly train: Uint8Array;
  readonly test: Uint8Array;
  /** What there is to say of a class with fewer drawings than wanted. */
  readonly shortage?: string;
}

function checkWanted({ path }: Place, wanted: Wanted): void {
  for (const [name, count] of Object.entries(wanted)) {
    if (Number.isInteger(count) && count >= 1) continue;
    throw new DataError('DATA_SPLIT', {
      file: path,
      expected: `at least 1 drawing of each class to ${name}`,
      found: String(count),
    });
  }
}

/** File names by class. */
function classFiles(present: readonly string[]): Map<string, string> {
  const files = present.filter((name) => name.endsWith(SUFFIX));
  return new Map(files.map((file) => [file.slice(0, -SUFFIX.length).replace(PREFIX, ''), file]));
}

/** `cat.npy` and `full_numpy_bitmap_cat.npy` are of one class; which is meant? */
function checkOnce({ path }: Place, names: readonly string[], present: ReadonlyMap<string, string>): void {
  for (const [name, file] of present) {
    const other = names.find((one) => one !== file && classFiles([one]).has(name));
    if (other === undefined) continue;
    throw new DataError('DATA_FORMAT', {
      file: path,
      expected: `one file for the class ${name}`,
      found: `${other} and ${file}`,
      advice: 'Take one of them out of the folder',
    });
  }
}

function defaultClasses(present: readonly string[]): readonly string[] {
  return QUICKDRAW_CLASSES.every((name) => present.includes(name)) ? QUICKDRAW_CLASSES : present;
}

async function readClass(name: string, file: Place, wanted: Wanted): Promise<ClassPart> {
  const { rows, offset } = await readHeader(file);
  if (rows < 2) {
    throw new DataError('DATA_SPLIT', {
      file: file.path,
      expected: 'at least 2 drawings, one to train and one to test on',
      found: String(rows),
    });
  }
  const all = wanted.train + wanted.test;
  const enough = rows >= all;
  const test = enough ? wanted.test : Math.max(1, Math.round((rows * wanted.test) / all));
  const train = enough ? wanted.train : rows - test;
  const bytes = await file.part(offset, (train + test) * PIXELS);
  return {
    name,
    train: bytes.subarray(0, train * PIXELS),
    test: bytes.subarray(train * PIXELS),
    shortage: enough ? undefined : `${train} train + ${test} test drawings`,
  };
}

async function readHeader(file: Place): Promise<{ rows: number; offset: number }> {
  const { path } = file;
  const fileSize = await file.size();
  const offset = npyDataOffset(await file.part(0, Math.min(NPY_PREFIX, fileSize)), path);
  const header = parseNpyHeader(await file.part(0, Math.min(offset, fileSize)), path);
  return { rows: checkByteRows(header, { name: path, width: PIXELS, offset, fileSize }), offset };
}

/** The drawings of each class after those of the one before, with its number as their label. */
function concatenate(parts: readonly Uint8Array[]): Pick<ImageSet, 'images' | 'labels'> {
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  const labels = new Uint8Array(images.length / PIXELS);
  let at = 0;
  for (const [label, part] of parts.entries()) {
    images.set(part, at);
    labels.fill(label, at / PIXELS, (at + part.length) / PIXELS);
    at += part.length;
  }
  return { images, labels };
}

/** Classes that are short by the same numbers share a note. */
function notesOn(parts: readonly ClassPart[]): string[] {
  const shortages = [...new Set(parts.flatMap(({ shortage }) => shortage ?? []))];
  const short = shortages.map((shortage) => {
    const names = parts.filter((part) => part.shortage === shortage).map(({ name }) => name);
    return `only ${shortage} of ${names.join(', ')}, which is all there are`;
  });
  const names = parts.map(({ name }) => name);
  const published =
    QUICKDRAW_CLASSES.every((name) => names.includes(name)) && names.length === QUICKDRAW_CLASSES.length;
  return published ? short : [...short, OTHER_CLASSES];
}

const OTHER_CLASSES = `the published table’s ${QUICKDRAW_CLASSES.length} classes are others (${QUICKDRAW_CLASSES.join(', ')}), with ${PUBLISHED_DRAWINGS.toLocaleString('en')} drawings each`;
