import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { anObject, aText, checkAll } from '../tensor/guard';
import { Random } from '../tensor/random';
import { checkClassCount, makeDataset, type NotedDataset } from './dataset';
import { DataError } from './errors';
import type { ImageSet } from './images';
import { decodePicture, type PictureSize } from './picture.node';
import { isShown, listFolder } from './read.node';

const PICTURE = /\.(png|jpe?g)$/i;
const ADVICE = 'Put PNG or JPEG files into DIR/train/<class>/ and DIR/test/<class>/, or into DIR/<class>/';
/** Where there are no test folders, one picture in so many of each class goes to the test set. */
const TEST_SHARE = 6;
const SPLIT_STREAM = 0x666f6c64;
/** How many pictures are decoded at once; more would only fill memory. */
const AT_ONCE = 16;

/** How pictures are read. */
export interface FolderOptions extends PictureSize {
  /** Of the split where there are no test folders; default 0. */
  readonly seed?: number;
}

/**
 * Reads own pictures, PNG or JPEG, as a data set with a class for each folder, sorted by name: `dir/train/<class>/` and
 * `dir/test/<class>/`, or only `dir/<class>/`, whose pictures are then split five to one by the seed. Each is turned as
 * its camera says, laid on white where transparent, scaled until it covers the square and cropped in the middle.
 *
 * @throws DataError when there are no pictures, a class has none, or a file cannot be decoded; it names the class or file
 * @example
 * ```ts
 * const { train } = await data.loadImageFolders('data/animals', { size: 4, channels: 1 });
 * train.classes; // → ['cat', 'dog']
 * train.shape; // → [1, 4, 4]
 * ```
 */
export async function loadImageFolders(dir: string, options: FolderOptions): Promise<NotedDataset> {
  checkAll('loadImageFolders', { dir: [dir, aText], options: [options, anObject] });
  const { train, test, skipped } = await findPictures(dir, options.seed ?? 0);
  const classes = train.map(({ name }) => name);
  const notes = skipped === 0 ? [] : [`${skipped} files are neither PNG nor JPEG and were left out`];
  const decode = (role: string, groups: readonly ClassFolder[]) =>
    decodeAll(`${dir} ${role}`, groups, classes, options);
  return makeDataset(dir, await decode('train', train), await decode('test', test), notes);
}

/** Whether a folder holds folders of pictures, as `loadImageFolders` reads them. */
export async function hasImageFolders(dir: string): Promise<boolean> {
  for (const folder of [dir, join(dir, 'train')]) {
    for (const name of await subfolders(folder)) {
      if ((await shownIn(join(folder, name))).some((file) => PICTURE.test(file))) return true;
    }
  }
  return false;
}

interface ClassFolder {
  readonly name: string;
  /** Paths of its pictures. */
  readonly files: readonly string[];
}

interface Pictures {
  /** In the order of the labels. */
  readonly train: readonly ClassFolder[];
  readonly test: readonly ClassFolder[];
  readonly skipped: number;
}

async function findPictures(dir: string, seed: number): Promise<Pictures> {
  await listFolder(dir, { expected: 'a folder with a folder of pictures for each class', advice: ADVICE });
  const top = await subfolders(dir);
  if (!top.includes('train') || !top.includes('test')) {
    const { groups, skipped } = await classFolders(dir, top);
    return { ...split(groups, new Random(seed, SPLIT_STREAM)), skipped };
  }
  const train = await classFolders(join(dir, 'train'), await subfolders(join(dir, 'train')));
  const test = await classFolders(join(dir, 'test'), await subfolders(join(dir, 'test')));
  const trained = new Set(train.groups.map(({ name }) => name));
  const unknown = test.groups.find(({ name }) => !trained.has(name));
  if (unknown) {
    throw new DataError('DATA_LABEL', {
      file: join(dir, 'test', unknown.name),
      expected: `a class of ${join(dir, 'train')} (${[...trained].join(', ')})`,
      found: unknown.name,
    });
  }
  return { train: train.groups, test: test.groups, skipped: train.skipped + test.skipped };
}

async function classFolders(
  dir: string,
  names: readonly string[],
): Promise<{ groups: ClassFolder[]; skipped: number }> {
  if (names.length === 0) {
    throw new DataError('DATA_MISSING', {
      file: dir,
      expected: 'a folder of pictures for each class',
      found: 'no folder',
      advice: ADVICE,
    });
  }
  checkClassCount(names.length, dir, 'Put fewer class folders into it');
  const groups: ClassFolder[] = [];
  let skipped = 0;
  for (const name of names) {
    const present = (await shownIn(join(dir, name))).sort();
    const files = present.filter((file) => PICTURE.test(file));
    if (files.length === 0) {
      throw new DataError('DATA_MISSING', {
        file: join(dir, name),
        expected: 'PNG or JPEG files',
        found: present.length === 0 ? 'an empty folder' : `none among ${present.length} files`,
        advice: ADVICE,
      });
    }
    skipped += present.length - files.length;
    groups.push({ name, files: files.map((file) => join(dir, name, file)) });
  }
  return { groups, skipped };
}

/** Five to one in every class, at least one on either side. */
function split(groups: readonly ClassFolder[], random: Random): Omit<Pictures, 'skipped'> {
  const sides = groups.map(({ name, files }) => {
    if (files.length < 2) {
      throw new DataError('DATA_SPLIT', {
        file: files[0],
        expected: 'at least 2 pictures of each class, one to train and one to test on',
        found: `this one alone for ${name}`,
      });
    }
    const mixed = random.shuffle([...files]);
    const test = Math.max(1, Math.round(files.length / TEST_SHARE));
    return { name, train: mixed.slice(test).sort(), test: mixed.slice(0, test).sort() };
  });
  const side = (role: 'train' | 'test') => sides.map((one) => ({ name: one.name, files: one[role] }));
  return { train: side('train'), test: side('test') };
}

async function decodeAll(
  name: string,
  groups: readonly ClassFolder[],
  classes: readonly string[],
  options: FolderOptions,
): Promise<ImageSet> {
  const { size, channels } = options;
  const pixels = channels * size * size;
  const all = groups.flatMap((group) =>
    group.files.map((file) => ({ file, label: classes.indexOf(group.name) })),
  );
  const images = new Uint8Array(all.length * pixels);
  for (let start = 0; start < all.length; start += AT_ONCE) {
    const decoded = await Promise.all(
      all.slice(start, start + AT_ONCE).map(({ file }) => decodePicture(file, options)),
    );
    for (const [i, image] of decoded.entries()) images.set(image, (start + i) * pixels);
  }
  const labels = Uint8Array.from(all, ({ label }) => label);
  return { name, images, labels, shape: [channels, size, size], classes };
}

const shownIn = async (dir: string): Promise<string[]> => (await readdir(dir)).filter(isShown);

async function subfolders(dir: string): Promise<string[]> {
  const names = await shownIn(dir).catch((): string[] => []);
  const folders: string[] = [];
  for (const name of names.sort()) {
    const found = await stat(join(dir, name)).catch(() => undefined);
    if (found?.isDirectory()) folders.push(name);
  }
  return folders;
}
