import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { classCounts } from '../../src/data/dataset';
import { DataError } from '../../src/data/errors';
import { hasImageFolders, loadImageFolders } from '../../src/data/folders.node';
import { failure } from './failure';
import { useFolder } from './folder';

const folder = useFolder();
const GREY = { size: 4, channels: 1 } as const;
const COLOUR = { size: 4, channels: 3 } as const;

type Colour = { r: number; g: number; b: number; alpha?: number };
const flat = (background: Colour, width = 4, height = 4) =>
  sharp({ create: { width, height, channels: background.alpha === undefined ? 3 : 4, background } });
const RED = { r: 255, g: 0, b: 0 };
const DARK = { r: 10, g: 20, b: 30 };

async function write(files: Readonly<Record<string, Uint8Array | Promise<Uint8Array>>>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await bytes);
  }
}

async function refusal(options: Parameters<typeof loadImageFolders>[1] = COLOUR): Promise<string> {
  const error = await failure(() => loadImageFolders(folder.path, options));
  expect(error).toBeInstanceOf(DataError);
  expect(String(error)).not.toContain('\n');
  return (error as DataError).message.replaceAll(folder.path, '');
}

describe('pictures', () => {
  /** Pixels of one picture, read in a folder of its own class. */
  const read = async (
    name: string,
    bytes: Uint8Array | Promise<Uint8Array>,
    options: typeof GREY | typeof COLOUR,
  ) => {
    await write({ [`train/a/${name}`]: bytes, 'test/a/x.png': flat(RED).png().toBuffer() });
    return (await loadImageFolders(folder.path, options)).train.images;
  };

  it('of colour become planes of red, green and blue', async () => {
    const images = await read('x.png', flat(DARK).png().toBuffer(), COLOUR);
    expect([...images]).toEqual([
      ...new Array(16).fill(10),
      ...new Array(16).fill(20),
      ...new Array(16).fill(30),
    ]);
  });

  it('of grey become three like planes where colour is wanted', async () => {
    const grey = sharp(Buffer.alloc(16, 77), { raw: { width: 4, height: 4, channels: 1 } });
    expect([...(await read('x.png', grey.toColourspace('b-w').png().toBuffer(), COLOUR))]).toEqual(
      new Array(48).fill(77),
    );
  });

  // (299 r + 587 g + 114 b) / 1000, rounded: what Pillow documents of its mode L.
  it.each([
    ['white', [255, 255, 255], 255],
    ['red', [255, 0, 0], 76],
    ['green', [0, 255, 0], 150],
    ['blue', [0, 0, 255], 29],
    ['dark', [10, 20, 30], 18],
  ])('of colour become grey as Pillow has it where grey is wanted: %s', async (_, [r, g, b], value) => {
    const grey = await read('x.PNG', flat({ r, g, b }).png().toBuffer(), GREY);
    expect([...grey]).toEqual(new Array(16).fill(value));
  });

  it('of grey stay as they are where grey is wanted', async () => {
    const grey = sharp(Buffer.alloc(16, 77), { raw: { width: 4, height: 4, channels: 1 } });
    const images = await read('x.png', grey.toColourspace('b-w').png().toBuffer(), GREY);
    expect([...images]).toEqual(new Array(16).fill(77));
  });

  it('of other formats are refused under the name of a PNG', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    await write({ 'a/1.png': svg, 'a/2.png': svg });
    expect(await refusal()).toMatch(/^\/a\/\d\.png: expected a whole PNG or JPEG picture, found .*svg/);
  });

  it('of more pixels than 64 MB hold are refused at their header if they are packed like no photograph', async () => {
    const huge = await sharp({ create: { width: 5000, height: 5000, channels: 3, background: RED } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    await write({ 'a/1.png': huge, 'a/2.png': huge });
    expect(await refusal()).toMatch(/Input image exceeds pixel limit/);
  });

  it('of 16 bits are brought to 8', async () => {
    const deep = sharp(new Uint16Array(48).fill(0x8080), { raw: { width: 4, height: 4, channels: 3 } });
    const images = await read('x.png', deep.toColourspace('rgb16').png().toBuffer(), COLOUR);
    expect([...images]).toEqual(new Array(48).fill(0x80));
  });

  it('with transparent parts lie on white', async () => {
    const images = await read('x.png', flat({ r: 0, g: 0, b: 0, alpha: 0 }).png().toBuffer(), GREY);
    expect([...images]).toEqual(new Array(16).fill(255));
  });

  it('of other proportions are cropped to a square in the middle', async () => {
    const wide = flat(DARK, 12, 4).composite([
      { input: await flat(RED, 4, 4).png().toBuffer(), left: 4, top: 0 },
    ]);
    const images = await read('x.png', wide.png().toBuffer(), COLOUR);
    expect([...images.subarray(0, 16)]).toEqual(new Array(16).fill(255));
    expect([...images.subarray(16)]).toEqual(new Array(32).fill(0));
  });

  it('are turned as the camera says', async () => {
    // Left half red, right half dark, with the note that the top is on the right (EXIF 6).
    const halves = flat(DARK, 8, 8).composite([
      { input: await flat(RED, 4, 8).png().toBuffer(), left: 0, top: 0 },
    ]);
    const photo = halves.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).withMetadata({ orientation: 6 });
    const red = (await read('x.jpeg', photo.toBuffer(), COLOUR)).subarray(0, 16);
    expect([...red.subarray(0, 4)].every((value) => value > 200)).toBe(true);
    expect([...red.subarray(12)].every((value) => value < 60)).toBe(true);
  });
});

describe('class folders', () => {
  const png = () => flat(RED).png().toBuffer();

  it('under train and test give the classes, sorted by name', async () => {
    await write({
      'train/dog/1.png': png(),
      'train/cat/1.jpg': flat(DARK).jpeg().toBuffer(),
      'train/cat/2.png': flat(DARK).png().toBuffer(),
      'test/dog/1.png': png(),
    });
    const { name, train, test, notes } = await loadImageFolders(folder.path, COLOUR);
    expect({ name, notes, shape: train.shape }).toEqual({ name: folder.path, notes: [], shape: [3, 4, 4] });
    expect(train.classes).toEqual(['cat', 'dog']);
    expect([...train.labels]).toEqual([0, 0, 1]);
    expect([...test.labels]).toEqual([1]);
    expect([train.images[0], train.images[2 * 48]].map((red) => red > 100)).toEqual([false, true]);
  });

  it('are told by what a system shows: what macOS leaves beside pictures is no class and no picture', async () => {
    const junk = Promise.resolve(Buffer.from('junk'));
    await write({
      'train/cat/1.png': png(),
      'train/cat/._1.png': junk,
      'train/__MACOSX/cat.png': junk,
      'test/cat/1.png': png(),
      'test/.AppleDouble/1.png': junk,
    });
    const { train, notes } = await loadImageFolders(folder.path, COLOUR);
    expect({ classes: train.classes, count: train.labels.length, notes }).toEqual({
      classes: ['cat'],
      count: 1,
      notes: [],
    });
    await write({ 'junk/a/._1.png': junk });
    expect(await hasImageFolders(join(folder.path, 'junk'))).toBe(false);
  });

  const numbered = async () => {
    const grey = (value: number) => flat({ r: value, g: value, b: value }).png().toBuffer();
    for (let i = 0; i < 12; i++) await write({ [`cat/${i}.png`]: grey(i), [`dog/${i}.png`]: grey(100 + i) });
  };
  const values = (images: Uint8Array) => Array.from({ length: images.length / 16 }, (_, i) => images[i * 16]);

  it('alone are split five to one in each class, no picture on both sides', async () => {
    await numbered();
    const { train, test } = await loadImageFolders(folder.path, GREY);
    expect([classCounts(train), classCounts(test)]).toEqual([
      [10, 10],
      [2, 2],
    ]);
    const all = [...values(train.images), ...values(test.images)].sort((a, b) => a - b);
    expect(all).toEqual([...Array(12).keys(), ...Array.from({ length: 12 }, (_, i) => 100 + i)]);
  });

  it('alone are split by the seed, and the same way every time', async () => {
    await numbered();
    const testOf = async (seed: number) =>
      values((await loadImageFolders(folder.path, { ...GREY, seed })).test.images);
    expect(await testOf(1)).toEqual(await testOf(1));
    const seeds = await Promise.all([1, 2, 3, 4].map(testOf));
    expect(new Set(seeds.map(String)).size).toBeGreaterThan(1);
  });

  it('with files that are no pictures are read without them, which is noted', async () => {
    await write({
      'a/1.png': png(),
      'a/2.png': png(),
      'a/notes.txt': Buffer.of(),
      'a/.DS_Store': Buffer.of(),
    });
    const { train, notes } = await loadImageFolders(folder.path, COLOUR);
    expect(train.labels.length).toBe(1);
    expect(notes).toEqual(['1 files are neither PNG nor JPEG and were left out']);
  });

  it('with a picture that is cut short are refused by its name', async () => {
    await write({ 'a/1.png': png(), 'a/bad.png': (await png()).subarray(0, 60) });
    expect(await refusal()).toMatch(
      /^\/a\/bad.png: expected a whole PNG or JPEG picture, found .*Mend the file/,
    );
  });

  it('with a cut photograph are refused by its name', async () => {
    const noise = sharp(
      Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * 7919) % 251),
      {
        raw: { width: 64, height: 64, channels: 3 },
      },
    );
    const photo = await noise.jpeg().toBuffer();
    await write({ 'a/1.png': png(), 'a/bad.jpg': photo.subarray(0, photo.length / 2) });
    expect(await refusal()).toMatch(/^\/a\/bad.jpg: expected a whole PNG or JPEG picture/);
  });

  it.each<[string, Readonly<Record<string, Promise<Uint8Array> | Uint8Array>>, RegExp]>([
    ['none', {}, /^: expected a folder of pictures for each class, found no folder. Put PNG or JPEG files/],
    [
      'one without pictures',
      { 'a/x.txt': Buffer.of() },
      /^\/a: expected PNG or JPEG files, found none among 1 files/,
    ],
    [
      'one of a single picture',
      { 'a/1.png': png() },
      /^\/a\/1.png: expected at least 2 .* found this one alone for a/,
    ],
    [
      'one to test on that is not to train on',
      { 'train/a/1.png': png(), 'test/b/1.png': png() },
      /^\/test\/b: expected a class of \/train \(a\), found b/,
    ],
    [
      'train without a class',
      { 'train/1.png': png(), 'test/a/1.png': png() },
      /^\/train: expected a folder of pict/,
    ],
  ])('%s: refused', async (_, files, words) => {
    await write(files);
    expect(await refusal()).toMatch(words);
  });

  it('that are not there: refused', async () => {
    const error = await failure(() => loadImageFolders(join(folder.path, 'nowhere'), COLOUR));
    expect(error).toMatchObject({ code: 'DATA_MISSING', problem: { found: 'nothing there' } });
  });
});
