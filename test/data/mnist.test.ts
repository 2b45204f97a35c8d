import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/errors';
import type { Dataset } from '../../src/data/images';
import { loadMnist } from '../../src/data/loaders.node';
import { failure } from './failure';
import { useFolder } from './folder';
import { idxBytes } from './idx-bytes';

const pixels = Array.from({ length: 3 * 4 }, (_, i) => i * 20);
const SMALL = {
  'train-images-idx3-ubyte': idxBytes([3, 2, 2], pixels),
  'train-labels-idx1-ubyte': idxBytes([3], [5, 0, 9]),
  't10k-images-idx3-ubyte': idxBytes([1, 2, 2], [1, 2, 3, 4]),
  't10k-labels-idx1-ubyte': idxBytes([1], [7]),
};

describe('loadMnist without a folder', () => {
  let mnist: Dataset;
  beforeAll(async () => {
    mnist = await loadMnist();
  });

  it('holds 60,000 training and 10,000 test images of 28 x 28', () => {
    expect(mnist.train.shape).toEqual([1, 28, 28]);
    expect(mnist.train.images.length).toBe(60_000 * 784);
    expect(mnist.train.labels.length).toBe(60_000);
    expect(mnist.test.images.length).toBe(10_000 * 784);
    expect(mnist.test.labels.length).toBe(10_000);
  });

  it('has the known number of images of each digit', () => {
    const count = (labels: Uint8Array) => {
      const counts = new Array<number>(10).fill(0);
      for (const label of labels) counts[label]++;
      return counts;
    };
    expect(count(mnist.train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(count(mnist.test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  it('begins with the digits that every copy of MNIST begins with', () => {
    expect([...mnist.train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect([...mnist.test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
  });

  it('has the published mean 0.1307 and standard deviation 0.3081', () => {
    expect(mnist.mean).toHaveLength(1);
    expect(mnist.mean[0].toFixed(4)).toBe('0.1307');
    expect(mnist.std[0].toFixed(4)).toBe('0.3081');
  });
});

describe('loadMnist from a folder', () => {
  const folder = useFolder();
  type Files = Record<string, Uint8Array>;
  const write = async (files: Files) => {
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder.path, name), bytes);
  };
  const refusal = async (changes: Files) => {
    await write({ ...SMALL, ...changes });
    const error = await failure(() => loadMnist(folder.path));
    expect(error).toBeInstanceOf(DataError);
    expect(String(error)).not.toContain('\n');
    return error as DataError;
  };
  const renamed = (rename: (name: string) => string, pack = (bytes: Buffer): Uint8Array => bytes) =>
    Object.fromEntries(Object.entries(SMALL).map(([name, bytes]) => [rename(name), pack(bytes)]));

  it.each([
    ['plain', renamed((name) => name)],
    ['gzipped', renamed((name) => `${name}.gz`, gzipSync)],
    ['dotted', renamed((name) => name.replace('-idx', '.idx'))],
    ['dotted and gzipped', renamed((name) => `${name.replace('-idx', '.idx')}.gz`, gzipSync)],
    ['unpacked under the name .gz', renamed((name) => `${name}.gz`)],
  ])('reads files that are %s', async (_, files) => {
    await write(files);
    const { train, test } = await loadMnist(folder.path);
    expect([...train.images]).toEqual(pixels);
    expect([...train.labels]).toEqual([5, 0, 9]);
    expect([...test.images]).toEqual([1, 2, 3, 4]);
    expect([...test.labels]).toEqual([7]);
    expect(train.shape).toEqual([1, 2, 2]);
  });

  it('names the folder and the files it misses, and says what to do', async () => {
    await write({ 'train-images-idx3-ubyte': SMALL['train-images-idx3-ubyte'] });
    const error = await failure(() => loadMnist(folder.path));
    expect(error).toMatchObject({ code: 'DATA_MISSING', problem: { file: folder.path } });
    const text = String(error);
    expect(text).toContain(
      'no train-labels-idx1-ubyte, no t10k-images-idx3-ubyte, no t10k-labels-idx1-ubyte',
    );
    expect(text).not.toContain('no train-images');
    expect(text).toContain('--data');
    expect(text).not.toContain('\n');
  });

  it('says so when there is no such folder', async () => {
    const error = await failure(() => loadMnist(join(folder.path, 'nowhere')));
    expect(error).toMatchObject({ code: 'DATA_MISSING', problem: { found: 'nothing there' } });
  });

  it('says so when the folder is a file', async () => {
    const error = await failure(() => loadMnist(join(import.meta.dirname, 'mnist.test.ts')));
    expect(error).toMatchObject({ code: 'DATA_MISSING', problem: { found: 'a file' } });
  });

  it('says so when one of the files is a folder', async () => {
    const { 'train-images-idx3-ubyte': _, ...others } = SMALL;
    await mkdir(join(folder.path, 'train-images-idx3-ubyte'));
    await write(others);
    const error = await failure(() => loadMnist(folder.path));
    expect(error).toMatchObject({ code: 'DATA_UNREADABLE', problem: { found: 'a folder' } });
  });

  it('refuses a cut file by its name', async () => {
    const cut = SMALL['train-images-idx3-ubyte'].subarray(0, 20);
    const error = await refusal({ 'train-images-idx3-ubyte': cut });
    expect(error).toMatchObject({ code: 'DATA_CUT' });
    expect(error.problem.file).toBe(join(folder.path, 'train-images-idx3-ubyte'));
  });

  it('refuses a cut gzip file', async () => {
    await write(renamed((name) => `${name}.gz`, gzipSync));
    const name = 't10k-labels-idx1-ubyte.gz';
    await write({ [name]: gzipSync(SMALL['t10k-labels-idx1-ubyte']).subarray(0, -6) });
    const error = await failure(() => loadMnist(folder.path));
    expect(error).toMatchObject({ code: 'DATA_CUT', problem: { file: join(folder.path, name) } });
  });

  it('refuses a gzip file with a flipped bit', async () => {
    const gz = gzipSync(SMALL['train-labels-idx1-ubyte']);
    gz[gz.length - 7] ^= 1; // in the checksum
    expect(await refusal({ 'train-labels-idx1-ubyte': gz })).toMatchObject({ code: 'DATA_CUT' });
  });

  it('refuses a file of another format', async () => {
    const error = await refusal({ 't10k-images-idx3-ubyte': Buffer.from('<html>404</html>') });
    expect(error).toMatchObject({ code: 'DATA_FORMAT' });
  });

  it('refuses labels where images should be', async () => {
    const error = await refusal({ 'train-images-idx3-ubyte': SMALL['train-labels-idx1-ubyte'] });
    expect(error.message).toContain('expected 3 dimensions, found shape [3]');
  });

  it('refuses a number of labels that is not the number of images', async () => {
    const error = await refusal({ 'train-labels-idx1-ubyte': idxBytes([2], [1, 2]) });
    expect(error.message).toContain('expected 3 labels, one for each image, found 2');
  });

  it('refuses a label that is no digit', async () => {
    const error = await refusal({ 'train-labels-idx1-ubyte': idxBytes([3], [1, 10, 2]) });
    expect(error).toMatchObject({ code: 'DATA_LABEL', index: 1, value: 10, range: [0, 9] });
  });

  it('refuses test images of another size than the training images', async () => {
    const error = await refusal({ 't10k-images-idx3-ubyte': idxBytes([1, 3, 2], [1, 2, 3, 4, 5, 6]) });
    expect(error.message).toContain("the training set's size 2 x 2, found 3 x 2");
  });

  it('refuses a set without images', async () => {
    const error = await refusal({
      't10k-images-idx3-ubyte': idxBytes([0, 2, 2], []),
      't10k-labels-idx1-ubyte': idxBytes([0], []),
    });
    expect(error.message).toContain('expected at least one image');
  });
});
