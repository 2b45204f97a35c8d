import { join } from 'node:path';
import { checkClassCount, makeDataset, type NotedDataset } from './dataset';
import { DataError } from './errors';
import type { ImageSet } from './images';
import { checkByteRows, NPY_PREFIX, npyDataOffset, parseNpyHeader } from './npy';
import { listFolder, readExactly, withFile } from './read.node';

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const PREFIX = 'full_numpy_bitmap_';
const SUFFIX = '.npy';

/** The ten classes of the published table. */
export const QUICKDRAW_CLASSES: readonly string[] = [
  ...['apple', 'baseball bat', 'bear', 'envelope', 'guitar'],
  ...['lollipop', 'moon', 'mouse', 'mushroom', 'rabbit'],
];

export interface QuickDrawOptions {
  /** Class names in the order of their labels; default: the ten published ones if all are there, else every file's. */
  readonly classes?: readonly string[];
  /** Drawings of each class to train on; default 5000. */
  readonly train?: number;
  /** Drawings of each class to test on; default 1000. */
  readonly test?: number;
}

/** The name that a class's file is published under. */
export const quickDrawFile = (name: string): string => `${PREFIX}${name}${SUFFIX}`;

/** Whether names in a folder are those of Quick, Draw! bitmaps. */
export const hasQuickDrawFiles = (present: readonly string[]): boolean => classFiles(present).size > 0;

/**
 * Reads Quick, Draw! bitmaps, [1, 28, 28], from a folder of `full_numpy_bitmap_<class>.npy` or `<class>.npy`: the first
 * drawings of each file to train on, the ones after them to test on. No other row is read. A class with fewer than
 * `train` + `test` drawings is split in that ratio, and the data set's notes say so.
 * Source: Google, "The Quick, Draw! Dataset", https://github.com/googlecreativelab/quickdraw-dataset
 *
 * @throws DataError when a class is missing, or a file is unreadable, cut, or holds other than 28 x 28 bytes a row
 */
export async function loadQuickDraw(dir: string, options: QuickDrawOptions = {}): Promise<NotedDataset> {
  const { train = 5000, test = 1000 } = options;
  checkWanted(dir, { train, test });
  const present = classFiles(
    await listFolder(dir, { expected: 'a folder of Quick, Draw! bitmaps', advice: ADVICE }),
  );
  const classes = options.classes ?? defaultClasses([...present.keys()]);
  checkClassCount(classes.length, dir, 'Name the classes to use');
  const missing = classes.filter((name) => !present.has(name));
  if (classes.length === 0 || missing.length > 0) {
    throw new DataError('DATA_MISSING', {
      file: dir,
      expected: classes.length === 0 ? `files ${quickDrawFile('<class>')}` : quickDrawFile(missing[0]),
      found: present.size === 0 ? 'none' : `only ${[...present.keys()].join(', ')}`,
      advice: ADVICE,
    });
  }
  const parts: ClassPart[] = [];
  for (const name of classes) {
    parts.push(await readClass(name, join(dir, present.get(name) ?? quickDrawFile(name)), { train, test }));
  }
  const gather = (role: 'train' | 'test'): ImageSet => ({
    name: `Quick, Draw! ${role}`,
    ...concatenate(parts.map((part) => part[role])),
    shape: [1, SIDE, SIDE],
    classes,
  });
  return makeDataset('Quick, Draw!', gather('train'), gather('test'), notesOn(parts));
}

/**
 * Checks that a file holds what a Quick, Draw! file holds, by its header and length.
 * @returns the number of drawings
 * @throws DataError
 */
export const checkQuickDrawFile = (path: string): Promise<number> =>
  withFile(path, async (file) => (await readHeader(file, path)).rows);

const ADVICE =
  'Name the folder of full_numpy_bitmap_<class>.npy files, or get them with taskgrad data fetch quickdraw';

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

type OpenFile = Parameters<Parameters<typeof withFile>[1]>[0];

function checkWanted(dir: string, wanted: Wanted): void {
  for (const [name, count] of Object.entries(wanted)) {
    if (Number.isInteger(count) && count >= 1) continue;
    throw new DataError('DATA_SPLIT', {
      file: dir,
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

function defaultClasses(present: readonly string[]): readonly string[] {
  return QUICKDRAW_CLASSES.every((name) => present.includes(name)) ? QUICKDRAW_CLASSES : present;
}

function readClass(name: string, path: string, wanted: Wanted): Promise<ClassPart> {
  return withFile(path, async (file) => {
    const { rows, offset } = await readHeader(file, path);
    const all = wanted.train + wanted.test;
    const enough = rows >= all;
    if (rows < 2) {
      throw new DataError('DATA_SPLIT', {
        file: path,
        expected: 'at least 2 drawings, one to train and one to test on',
        found: String(rows),
      });
    }
    const test = enough ? wanted.test : Math.max(1, Math.round((rows * wanted.test) / all));
    const train = enough ? wanted.train : rows - test;
    const bytes = new Uint8Array((train + test) * PIXELS);
    await readExactly(file, bytes, offset, path);
    return {
      name,
      train: bytes.subarray(0, train * PIXELS),
      test: bytes.subarray(train * PIXELS),
      ...(!enough && { shortage: `${train} train + ${test} test drawings` }),
    };
  });
}

async function readHeader(file: OpenFile, path: string): Promise<{ rows: number; offset: number }> {
  const { size: fileSize } = await file.stat();
  const prefix = new Uint8Array(Math.min(NPY_PREFIX, fileSize));
  await readExactly(file, prefix, 0, path);
  const offset = npyDataOffset(prefix, path);
  const bytes = new Uint8Array(Math.min(offset, fileSize));
  await readExactly(file, bytes, 0, path);
  const header = parseNpyHeader(bytes, path);
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
    QUICKDRAW_CLASSES.every((name) => names.includes(name)) && names.length === PUBLISHED.classes;
  return published ? short : [...short, OTHER_CLASSES];
}

const PUBLISHED = { classes: QUICKDRAW_CLASSES.length, drawings: 6000 };
const OTHER_CLASSES = `the published table’s ${PUBLISHED.classes} classes are others (${QUICKDRAW_CLASSES.join(', ')}), with ${PUBLISHED.drawings.toLocaleString('en')} drawings each`;
