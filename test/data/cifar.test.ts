import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseCifar, parseClassNames } from '../../src/data/cifar';
import { DataError } from '../../src/data/errors';
import { loadCifar10, loadCifar100 } from '../../src/data/loaders.node';
import { CIFAR10 } from '../../src/data/sets/cifar10';
import { CIFAR100 } from '../../src/data/sets/cifar100';
import { CIFAR_PIXELS, cifar10Bytes, cifarBytes, tarGz } from './cifar-bytes';
import { failure } from './failure';
import { useFolder } from './folder';

/** The refusal's message on one line, without the folder. */
async function refusal(call: () => unknown, folder = ''): Promise<{ code: string; text: string }> {
  const error = await failure(call);
  expect(error).toBeInstanceOf(DataError);
  const { code, message } = error as DataError;
  expect(message).not.toContain('\n');
  return { code, text: message.replaceAll(folder, '') };
}

describe('parseCifar', () => {
  it('reads labels and pixels of one file after the other', () => {
    const files = [
      { name: 'a', bytes: cifar10Bytes([3, 9]) },
      { name: 'b', bytes: cifar10Bytes([0]) },
    ];
    const { name, images, labels, shape, classes } = parseCifar('some', files, CIFAR10);
    expect({ name, shape, classes: classes[3] }).toEqual({
      name: 'some',
      shape: [3, 32, 32],
      classes: 'cat',
    });
    expect([...labels]).toEqual([3, 9, 0]);
    expect(images.length).toBe(3 * CIFAR_PIXELS);
    const ends = [0, 1, 2].map((i) => [images[i * CIFAR_PIXELS], images[(i + 1) * CIFAR_PIXELS - 1]]);
    expect(ends).toEqual([
      [0, 7],
      [10, 7],
      [0, 7],
    ]);
  });

  it('takes the second byte of CIFAR-100 as the class', () => {
    const bytes = cifarBytes([
      { labels: [19, 99], value: 1 },
      { labels: [0, 4], value: 2 },
    ]);
    const { labels, images } = parseCifar('fine', [{ name: 'a', bytes }], CIFAR100);
    expect([...labels]).toEqual([99, 4]);
    expect([images[0], images[CIFAR_PIXELS]]).toEqual([1, 2]);
  });

  it('knows ten and a hundred different classes, in alphabetical order as published', () => {
    for (const [{ classes }, count] of [
      [CIFAR10, 10],
      [CIFAR100, 100],
    ] as const) {
      expect(new Set(classes).size).toBe(count);
      expect([...classes].sort()).toEqual(classes);
    }
  });

  it.each([
    ['an empty file', Buffer.alloc(0), 'DATA_CUT', 'found an empty file'],
    [
      'a cut record',
      cifar10Bytes([1, 2]).subarray(0, 5000),
      'DATA_CUT',
      '5000 bytes (1 records and 1927 bytes)',
    ],
    [
      'a byte too many',
      Buffer.concat([cifar10Bytes([1]), Buffer.alloc(1)]),
      'DATA_CUT',
      '1 records and 1 bytes',
    ],
    [
      'a label out of range',
      cifar10Bytes([1, 10]),
      'DATA_LABEL',
      'image 1: expected a label from 0 to 9, found 10',
    ],
  ])('refuses %s by the file’s name', async (_, bytes, code, words) => {
    const { code: got, text } = await refusal(() => parseCifar('set', [{ name: 'batch', bytes }], CIFAR10));
    expect(got).toBe(code);
    expect(text).toContain('batch');
    expect(text).toContain(words);
  });

  it.each([
    ['coarse', [20, 0], 'from 0 to 19, found 20'],
    ['fine', [0, 100], 'from 0 to 99, found 100'],
  ])('refuses a %s label of CIFAR-100 that is out of range', async (_, labels, words) => {
    const bytes = cifarBytes([{ labels, value: 0 }]);
    expect((await refusal(() => parseCifar('set', [{ name: 'a', bytes }], CIFAR100))).text).toContain(words);
  });
});

describe('parseClassNames', () => {
  it('reads a name a line, whatever ends the lines', () => {
    const bytes = Buffer.from(`${'a b c d e f g h i j'.split(' ').join('\r\n')}\r\n\r\n`);
    expect(parseClassNames({ name: 'm', bytes }, CIFAR10)).toEqual('a b c d e f g h i j'.split(' '));
  });

  it('refuses another number of names than there are classes', async () => {
    const file = { name: 'meta', bytes: Buffer.from('cat\ndog\n') };
    expect((await refusal(() => parseClassNames(file, CIFAR10))).text).toBe(
      'meta: expected 10 class names, one a line, found 2',
    );
  });
});

const BATCHES = {
  'data_batch_10.bin': cifar10Bytes([5]),
  'data_batch_2.bin': cifar10Bytes([3, 4]),
  'test_batch.bin': cifar10Bytes([9]),
};

describe('loadCifar10', () => {
  const folder = useFolder();
  const inFolder = (...parts: string[]) => join(folder.path, ...parts);
  const write = async (files: Readonly<Record<string, Uint8Array | string>>) => {
    for (const [name, bytes] of Object.entries(files)) {
      await mkdir(dirname(inFolder(name)), { recursive: true });
      await writeFile(inFolder(name), bytes);
    }
  };
  const under = (parent: string, files: Readonly<Record<string, Buffer>>) =>
    Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${parent}/${name}`, bytes]));

  it.each<[string, () => Promise<Readonly<Record<string, Buffer>>>, string]>([
    ['a folder of batches', async () => BATCHES, ''],
    ['the unpacked archive’s parent', async () => under('cifar-10-batches-bin', BATCHES), ''],
    [
      'a folder with the archive',
      async () => ({ 'cifar-10-binary.tar.gz': await tarGz(under('x', BATCHES)) }),
      '',
    ],
    ['the archive itself', async () => ({ 'own.tar.gz': await tarGz(under('x', BATCHES)) }), 'own.tar.gz'],
  ])('reads %s, batches in the order of their numbers', async (_, files, path) => {
    await write(await files());
    const { name, train, test, notes, mean } = await loadCifar10(inFolder(path));
    expect([name, train.name, test.name]).toEqual(['CIFAR-10', 'CIFAR-10 train', 'CIFAR-10 test']);
    expect([...train.labels]).toEqual([3, 4, 5]);
    expect([...test.labels]).toEqual([9]);
    expect(train.classes).toEqual(CIFAR10.classes);
    expect(mean).toHaveLength(3);
    expect(notes).toEqual(['3 of the published 50000 training images, 2 of 5 files']);
  });

  it('takes class names from batches.meta.txt where there is one', async () => {
    await write({ ...BATCHES, 'batches.meta.txt': 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n' });
    expect((await loadCifar10(folder.path)).test.classes).toEqual('a b c d e f g h i j'.split(' '));
  });

  const refused = async (path = '') => refusal(() => loadCifar10(inFolder(path)), folder.path);

  it.each([
    [
      'without batches',
      { 'test_batch.bin': BATCHES['test_batch.bin'] },
      'found no data_batch_1.bin and its like.',
    ],
    ['without a test batch', { 'data_batch_2.bin': BATCHES['data_batch_2.bin'] }, 'found no test_batch.bin.'],
    ['that is empty', {}, 'no data_batch_1.bin and its like, no test_batch.bin. Name the folder'],
  ])('refuses a folder %s and says how to get the data', async (_, files, words) => {
    await write(files);
    const { code, text } = await refused();
    expect(code).toBe('DATA_MISSING');
    expect(text).toContain(words);
    expect(text).toContain('taskgrad data fetch cifar10');
  });

  it('says so when there is nothing at the path', async () => {
    expect((await refused('nowhere')).text).toMatch(
      /^\/nowhere: expected a folder with .* found nothing there/,
    );
  });

  it('refuses a cut batch by its path', async () => {
    await write({ ...BATCHES, 'data_batch_2.bin': BATCHES['data_batch_2.bin'].subarray(0, 4000) });
    expect((await refused()).text).toMatch(/^\/data_batch_2.bin: expected records of 3073 bytes/);
  });

  it.each<[string, () => Promise<Buffer>, string, RegExp]>([
    [
      'without batches',
      () => tarGz({ 'a/readme.html': Buffer.from('hello') }),
      'DATA_MISSING',
      /no data_batch_1/,
    ],
    ['that is empty', async () => Buffer.alloc(0), 'DATA_CUT', /at least 2 bytes, found 0 bytes/],
    [
      'that is not gzip',
      async () => Buffer.from('<html>404</html>'),
      'DATA_FORMAT',
      /gzip are 1f8b\), found 3c68/,
    ],
    [
      'of gzip without tar',
      async () => gzipSync(Buffer.alloc(4096, 'x')),
      'DATA_FORMAT',
      /whole tar archive/,
    ],
    [
      'with two files of one name',
      async () => tarGz({ ...under('a', BATCHES), ...under('b', BATCHES) }),
      'DATA_FORMAT',
      /b\/\S+: expected one file called \S+, found a second one/,
    ],
    [
      'that is cut',
      async () => (await tarGz(BATCHES)).subarray(0, -40),
      'DATA_CUT',
      /unexpected end of file/,
    ],
    [
      'whose tar is cut',
      async () => gzipSync(gunzipSync(await tarGz(BATCHES)).subarray(0, 3000)),
      'DATA_FORMAT',
      /Unexpected end of data/,
    ],
  ])('refuses an archive %s', async (_, bytes, code, words) => {
    await write({ 'cifar-10-binary.tar.gz': await bytes() });
    const error = await refused();
    expect(error.code).toBe(code);
    expect(error.text).toMatch(words);
    expect(error.text).toMatch(/^\/cifar-10-binary.tar.gz[:,] /);
  });
});

describe('loadCifar100', () => {
  const folder = useFolder();
  const set = (fine: number) => cifarBytes([{ labels: [1, fine], value: 3 }]);

  it('reads train.bin and test.bin with the fine class names beside them', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `class ${i}`);
    await writeFile(join(folder.path, 'train.bin'), set(42));
    await writeFile(join(folder.path, 'test.bin'), set(7));
    await writeFile(join(folder.path, 'fine_label_names.txt'), `${names.join('\n')}\n`);
    const { train, test } = await loadCifar100(folder.path);
    expect([train.classes[train.labels[0]], test.classes[test.labels[0]]]).toEqual(['class 42', 'class 7']);
  });

  it('reads its archive and names the classes as published', async () => {
    const path = join(folder.path, 'cifar-100-binary.tar.gz');
    await writeFile(
      path,
      await tarGz({ 'cifar-100-binary/train.bin': set(0), 'cifar-100-binary/test.bin': set(99) }),
    );
    const { train, test } = await loadCifar100(path);
    expect([train.classes[train.labels[0]], test.classes[test.labels[0]]]).toEqual(['apple', 'worm']);
  });
});
