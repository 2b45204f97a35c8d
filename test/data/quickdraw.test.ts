import { existsSync, readFileSync } from 'node:fs';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/errors';
import { loadQuickDraw } from '../../src/data/loaders.node';
import { placeAt } from '../../src/data/place.node';
import { checkBitmaps, QUICKDRAW_CLASSES } from '../../src/data/sets/quickdraw';
import { failure } from './failure';
import { useFolder } from './folder';
import { npyBytes } from './npy-bytes';

const PIXELS = 784;
const folder = useFolder();
const inFolder = (...parts: string[]) => join(folder.path, ...parts);

/** Drawings whose pixels are all the number of their row. */
const drawings = (count: number) =>
  npyBytes(
    [count, PIXELS],
    Uint8Array.from({ length: count * PIXELS }, (_, i) => Math.floor(i / PIXELS)),
  );

async function write(counts: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, count] of Object.entries(counts)) {
    await writeFile(inFolder(`full_numpy_bitmap_${name}.npy`), drawings(count));
  }
}

/** The row that each drawing was of, if all its pixels say the same. */
function rows(images: Uint8Array): number[] {
  return Array.from({ length: images.length / PIXELS }, (_, i) => {
    const drawing = images.subarray(i * PIXELS, (i + 1) * PIXELS);
    return drawing.every((value) => value === drawing[0]) ? drawing[0] : Number.NaN;
  });
}

async function refusal(
  options: Parameters<typeof loadQuickDraw>[1] = {},
): Promise<{ code: string; text: string }> {
  const error = await failure(() => loadQuickDraw(folder.path, options));
  expect(error).toBeInstanceOf(DataError);
  const { code, message } = error as DataError;
  expect(message).not.toContain('\n');
  return { code, text: message.replaceAll(folder.path, '') };
}

const OTHERS = expect.stringMatching(
  /published table’s 10 classes are others \(apple, .*\), with 6,000 drawings/,
);

describe('loadQuickDraw', () => {
  it('passes over what macOS leaves beside files', async () => {
    await write({ cat: 9 });
    await writeFile(join(folder.path, '._cat.npy'), 'junk');
    await writeFile(join(folder.path, '._full_numpy_bitmap_cat.npy'), 'junk');
    expect((await loadQuickDraw(folder.path)).train.classes).toEqual(['cat']);
  });

  it('refuses two files of one class', async () => {
    await write({ cat: 9 });
    await writeFile(join(folder.path, 'cat.npy'), '');
    await writeFile(join(folder.path, 'full_numpy_bitmap_cat.npy'), '');
    const { code, text } = await refusal();
    expect(code).toBe('DATA_FORMAT');
    expect(text).toMatch(/expected one file for the class cat, found cat.npy and full_numpy_bitmap_cat.npy/);
  });

  it('trains on the first drawings of each class and tests on the ones after them', async () => {
    await write({ cat: 9, eye: 20 });
    const { name, train, test, notes } = await loadQuickDraw(folder.path, { train: 3, test: 2 });
    expect({ name, notes }).toEqual({ name: 'Quick, Draw!', notes: [OTHERS] });
    expect(train.shape).toEqual([1, 28, 28]);
    expect(train.classes).toEqual(['cat', 'eye']);
    expect([...train.labels]).toEqual([0, 0, 0, 1, 1, 1]);
    expect(rows(train.images)).toEqual([0, 1, 2, 0, 1, 2]);
    expect([...test.labels]).toEqual([0, 0, 1, 1]);
    expect(rows(test.images)).toEqual([3, 4, 3, 4]);
  });

  it('splits what there is in the same ratio where drawings are few, and notes it', async () => {
    await write({ cat: 12, eye: 12, fish: 100, train: 2 });
    const { train, test, notes } = await loadQuickDraw(folder.path, { train: 50, test: 10 });
    const counts = (labels: Uint8Array) =>
      [0, 1, 2, 3].map((label) => labels.filter((one) => one === label).length);
    expect(counts(train.labels)).toEqual([10, 10, 50, 1]);
    expect(counts(test.labels)).toEqual([2, 2, 10, 1]);
    expect(notes).toEqual([
      'only 10 train + 2 test drawings of cat, eye, which is all there are',
      'only 1 train + 1 test drawings of train, which is all there are',
      OTHERS,
    ]);
  });

  it('takes the ten published classes from a folder that has them all, others or not', async () => {
    await write(Object.fromEntries([...QUICKDRAW_CLASSES, 'aircraft carrier'].map((name) => [name, 3])));
    const { train, notes } = await loadQuickDraw(folder.path, { train: 1, test: 1 });
    expect(notes).toEqual([]);
    expect(train.classes).toEqual(QUICKDRAW_CLASSES);
  });

  it('takes every class from a folder that lacks one of the ten', async () => {
    await write({ apple: 3, bear: 3, zebra: 3 });
    const { train } = await loadQuickDraw(folder.path, { train: 1, test: 1 });
    expect(train.classes).toEqual(['apple', 'bear', 'zebra']);
  });

  it('takes the named classes in the order they are named, from files of either name', async () => {
    await write({ cat: 3, 'hot air balloon': 3 });
    await writeFile(inFolder('owl.npy'), drawings(3));
    const classes = ['owl', 'hot air balloon'];
    const { train } = await loadQuickDraw(folder.path, { classes, train: 1, test: 1 });
    expect(train.classes).toEqual(classes);
    expect([...train.labels]).toEqual([0, 1]);
  });

  it.each([1, 2, 3])('reads headers of version %i', async (version) => {
    const bytes = npyBytes([2, PIXELS], new Uint8Array(2 * PIXELS).fill(8), { version });
    await writeFile(inFolder('cat.npy'), bytes);
    expect(rows((await loadQuickDraw(folder.path)).train.images)).toEqual([8]);
  });

  it('names a class that is not there, and those that are', async () => {
    await write({ cat: 3, eye: 3 });
    const { code, text } = await refusal({ classes: ['cat', 'owl'] });
    expect(code).toBe('DATA_MISSING');
    expect(text).toContain('expected full_numpy_bitmap_owl.npy, found only cat, eye.');
  });

  it.each([
    ['an empty folder', {}, {}, 'DATA_MISSING', 'found none. Name the folder'],
    [
      'a class of one drawing',
      { cat: 1 },
      {},
      'DATA_SPLIT',
      'at least 2 drawings, one to train and one to test on',
    ],
    [
      'no test drawings wanted',
      { cat: 3 },
      { test: 0 },
      'DATA_SPLIT',
      'at least 1 drawing of each class to test',
    ],
    ['half a drawing wanted', { cat: 3 }, { train: 0.5 }, 'DATA_SPLIT', 'to train, found 0.5'],
    [
      'more classes than labels',
      {},
      { classes: new Array(257).fill('cat') },
      'DATA_LABEL',
      'at most 256 classes',
    ],
  ])('refuses %s', async (_, counts: Record<string, number>, options, code, words) => {
    await write(counts);
    const error = await refusal(options);
    expect(error.code).toBe(code);
    expect(error.text).toContain(words);
  });

  it.each([
    ['floats', npyBytes([3, PIXELS], new Uint8Array(12 * PIXELS), { dtype: "'<f4'" }), "found '<f4'"],
    [
      'columns first',
      npyBytes([3, PIXELS], new Uint8Array(3 * PIXELS), { fortran: true }),
      'found Fortran order',
    ],
    [
      'pictures of another size',
      npyBytes([3, 100], new Uint8Array(300)),
      'expected shape (N, 784), found (3, 100)',
    ],
    ['a cut file', drawings(3).subarray(0, 2000), '2480 bytes for shape (3, 784), found 2000 bytes'],
    ['a web page', Buffer.from('<!doctype html><title>404'), 'expected an npy file'],
  ])('refuses %s by the file’s name', async (_, bytes, words) => {
    await writeFile(inFolder('cat.npy'), bytes);
    const { text } = await refusal();
    expect(text).toMatch(/^\/cat.npy/);
    expect(text).toContain(words);
  });

  it('says so when a file is a folder', async () => {
    await mkdir(inFolder('cat.npy'));
    expect((await refusal()).text).toContain('/cat.npy: expected a readable file, found a folder');
  });

  it('says so when there is no such folder', async () => {
    const error = await failure(() => loadQuickDraw(inFolder('nowhere')));
    expect(error).toMatchObject({ code: 'DATA_MISSING', problem: { found: 'nothing there' } });
  });
});

/** Bytes that this process has read by the kernel's count, whatever it was read with. */
const bytesRead = () => Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);

describe.skipIf(!existsSync('/proc/self/io'))('a file of 100 MB', () => {
  const COUNT = 133_000;
  const big = async () => {
    const header = npyBytes([COUNT, PIXELS], new Uint8Array(0));
    const path = inFolder('full_numpy_bitmap_cat.npy');
    await writeFile(path, Buffer.concat([header, Buffer.alloc(30 * PIXELS, 5)]));
    await truncate(path, header.length + COUNT * PIXELS); // sparse: no disk is filled
    return path;
  };

  it('is read only as far as the wanted drawings go', async () => {
    await big();
    const before = bytesRead();
    const { train, test } = await loadQuickDraw(folder.path, { train: 30, test: 6 });
    const read = bytesRead() - before;
    expect(rows(train.images)).toEqual(new Array(30).fill(5));
    expect(rows(test.images)).toEqual(new Array(6).fill(0));
    expect(read).toBeGreaterThanOrEqual(36 * PIXELS);
    expect(read).toBeLessThan(36 * PIXELS + 20_000);
  });

  it('is checked by its header alone', async () => {
    const path = await big();
    const before = bytesRead();
    expect(await checkBitmaps(placeAt(path))).toBe(COUNT);
    expect(bytesRead() - before).toBeLessThan(20_000);
  });
});
