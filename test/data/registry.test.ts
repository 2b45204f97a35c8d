import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadAny, loadDataset, recognise } from '../../src/data/registry.node';
import { cifar10Bytes, cifarBytes, tarGz } from './cifar-bytes';
import { failure } from './failure';
import { useFolder } from './folder';
import { idxBytes } from './idx-bytes';
import { npyBytes } from './npy-bytes';

const folder = useFolder();
const inFolder = (...parts: string[]) => join(folder.path, ...parts);

type Files = Readonly<Record<string, Uint8Array>>;
async function write(files: Files): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(inFolder(name)), { recursive: true });
    await writeFile(inFolder(name), bytes);
  }
}

/** Four IDX files with these training labels. */
function idx(labels: readonly number[], ending = ''): Files {
  const { length } = labels;
  const pack = ending === '.gz' ? gzipSync : (bytes: Buffer) => bytes;
  return {
    [`train-images-idx3-ubyte${ending}`]: pack(idxBytes([length, 2, 2], new Array(length * 4).fill(9))),
    [`train-labels-idx1-ubyte${ending}`]: pack(idxBytes([length], labels)),
    [`t10k-images-idx3-ubyte${ending}`]: pack(idxBytes([1, 2, 2], [1, 2, 3, 4])),
    [`t10k-labels-idx1-ubyte${ending}`]: pack(idxBytes([1], [9])),
  };
}

const FASHION = idx([9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 1], '.gz');
const CIFAR10: Files = { 'data_batch_1.bin': cifar10Bytes([1, 2]), 'test_batch.bin': cifar10Bytes([3]) };
const CIFAR100: Files = {
  'train.bin': cifarBytes([{ labels: [0, 50], value: 1 }]),
  'test.bin': cifarBytes([{ labels: [0, 51], value: 1 }]),
};
const QUICKDRAW: Files = { 'full_numpy_bitmap_cat.npy': npyBytes([2, 784], new Uint8Array(1568).fill(3)) };

async function picture(): Promise<Buffer> {
  return sharp({ create: { width: 5, height: 5, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
}

describe('a folder', () => {
  it.each<[string, () => Promise<Files>, string, string]>([
    ['MNIST', async () => idx([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]), 'mnist', 'MNIST'],
    ['Fashion-MNIST, of the same names', async () => FASHION, 'fashion', 'Fashion-MNIST'],
    ['CIFAR-10', async () => CIFAR10, 'cifar10', 'CIFAR-10'],
    [
      'the archive of CIFAR-10',
      async () => ({ 'cifar-10-binary.tar.gz': await tarGz(CIFAR10 as Record<string, Buffer>) }),
      'cifar10',
      'CIFAR-10',
    ],
    ['CIFAR-100', async () => CIFAR100, 'cifar100', 'CIFAR-100'],
    ['Quick, Draw!', async () => QUICKDRAW, 'quickdraw', 'Quick, Draw!'],
    [
      'own pictures',
      async () => ({ 'cat/a.png': await picture(), 'cat/b.png': await picture() }),
      'folders',
      '',
    ],
  ])('of %s is recognised and read', async (_, files, kind, name) => {
    await write(await files());
    const { kind: found, dataset } = await loadAny(folder.path);
    expect(found).toBe(kind);
    expect(dataset.name).toBe(name || folder.path);
    expect(dataset.train.labels.length).toBeGreaterThan(0);
  });

  it('of IDX files with labels of their own is Fashion-MNIST if its name says so', async () => {
    await write(
      Object.fromEntries(Object.entries(idx([1, 2])).map(([name, bytes]) => [`Fashion/${name}`, bytes])),
    );
    expect(await recognise(inFolder('Fashion'))).toBe('fashion');
  });

  it.each([
    ['nothing', {}, 'an empty folder'],
    ['other files', { 'a.txt': Buffer.of(), 'b.txt': Buffer.of() }, 'a.txt, b.txt'],
    ['folders without pictures', { 'src/a.ts': Buffer.of() }, 'src'],
  ])('of %s is refused, with what there is', async (_, files: Files, found) => {
    await write(files);
    const error = await failure(() => recognise(folder.path));
    expect(error).toMatchObject({ code: 'DATA_MISSING', problem: { file: folder.path, found } });
  });
});

describe('an archive', () => {
  it.each([
    ['cifar-10-binary.tar.gz', 'cifar10'],
    ['cifar-100-binary.tar.gz', 'cifar100'],
  ])('%s is told by its name', async (name, kind) => {
    await write({ [name]: Buffer.of() });
    expect(await recognise(inFolder(name))).toBe(kind);
  });

  it('of another name is refused', async () => {
    await write({ 'notes.txt': Buffer.of() });
    expect(await failure(() => recognise(inFolder('notes.txt')))).toMatchObject({ code: 'DATA_MISSING' });
  });
});

describe('loadDataset', () => {
  it('reads Fashion-MNIST with its class names from gzipped IDX files', async () => {
    await write(FASHION);
    const { train, test } = await loadDataset('fashion', folder.path);
    expect([...train.labels].slice(0, 4).map((label) => train.classes[label])).toEqual([
      'Ankle boot',
      'T-shirt/top',
      'T-shirt/top',
      'Dress',
    ]);
    expect([...test.images]).toEqual([1, 2, 3, 4]);
  });

  it('names the default folder and how to fill it when nothing is there', async () => {
    const error = await failure(() => loadDataset('cifar100'));
    expect(String(error)).toMatch(/data\/cifar100: expected .* or get it with taskgrad data fetch cifar100$/);
  });
});
