import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/data/errors';
import { loadDataset, recognise } from '../../src/data/load.node';
import { peakOf } from '../soak/peak';
import { failure } from './failure';
import { useFolder } from './folder';
import { idxBytes } from './idx-bytes';
import { idxFiles, writeFiles } from './small-files';

const folder = useFolder();
const MB = 2 ** 20;
/** gzip members one after the other are one file: 16 MB of zeros packed once, and written so often that they are 3 GB. */
const ZEROS = gzipSync(Buffer.alloc(16 * MB), { level: 9 });
const bomb = (...begin: Buffer[]) => Buffer.concat([...begin, ...new Array<Buffer>(192).fill(ZEROS)]);

/** A header of the tar format: name, size and sum in octal. */
function tarHeader(name: string, size: number, type = '0'): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`        ${type}`, 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Loads what is a bomb and tells how it was refused, and how much memory and processor time that took. */
async function defuse(load: () => Promise<unknown>) {
  let error: unknown;
  const { user: before } = process.cpuUsage();
  const peak = await peakOf(async () => {
    error = await failure(load);
  });
  expect(error).toBeInstanceOf(DataError);
  return {
    error: error as DataError,
    megabytes: peak / MB,
    seconds: (process.cpuUsage().user - before) / 1e6,
  };
}

describe('a gzip file of 3 MB that holds 3 GB', () => {
  test.each([
    ['more than its header says', [3, 2, 2], 'DATA_TRAILING', '28 bytes, as its header says, found more'],
    ['other numbers of images than of labels', [4_000_000, 28, 28], 'DATA_SHAPE', '4000000 labels'],
    ['more than gzip can pack', [3, 2 ** 31, 2 ** 20], 'DATA_CUT', 'which cannot hold so many'],
  ])('is refused at its header: %s', async (_, shape, code, said) => {
    const files = idxFiles([5, 0, 4], '.gz');
    const name = 'train-images-idx3-ubyte.gz';
    await writeFiles(folder.path, { ...files, [name]: bomb(gzipSync(idxBytes(shape, []))) });
    const { error, megabytes, seconds } = await defuse(() => loadDataset('mnist', folder.path));
    expect(error.code).toBe(code);
    expect(error.message).toContain(said);
    expect(megabytes).toBeLessThan(64);
    expect(seconds).toBeLessThan(2);
  });

  test('of labels does not keep a folder from being recognised', async () => {
    const name = 'train-labels-idx1-ubyte.gz';
    const labels = gzipSync(idxBytes([12], [9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 1, 0]));
    await writeFiles(folder.path, { ...idxFiles([9], '.gz'), [name]: bomb(labels) });
    expect(await peakOf(async () => expect(await recognise(folder.path)).toBe('fashion'))).toBeLessThan(
      64 * MB,
    );
  });
});

describe('a CIFAR archive of 3 MB', () => {
  const archive = async (header: Buffer) => {
    const path = join(folder.path, 'cifar-10-binary.tar.gz');
    await writeFile(path, bomb(gzipSync(header)));
    return path;
  };

  test.each([
    ['with a batch of 3 GB', tarHeader('x/data_batch_1.bin', 3 * 1024 * MB), 'at most 153650000 bytes'],
    ['with names of 3 GB', tarHeader('x/batches.meta.txt', 3 * 1024 * MB), 'at most 65536 bytes'],
    ['with another file of 3 GB', tarHeader('x/readme.html', 3 * 1024 * MB), 'at most 185428576 bytes'],
    ['with a long name of 3 GB', tarHeader('././@LongLink', 3 * 1024 * MB, 'L'), 'a whole tar archive'],
  ])('%s is refused at its header', async (_, header, said) => {
    const path = await archive(header);
    const { error, megabytes, seconds } = await defuse(() => loadDataset('cifar10', path));
    expect(error.code).toBe('DATA_FORMAT');
    expect(error.message).toContain(said);
    expect(megabytes).toBeLessThan(64);
    expect(seconds).toBeLessThan(2);
  });

  test('with zeros after its end is refused where the published one would have ended', async () => {
    const path = await archive(Buffer.alloc(1024));
    const { error, megabytes } = await defuse(() => loadDataset('cifar10', path));
    expect(error.message).toContain('expected at most 185428576 bytes unpacked, found more');
    expect(megabytes).toBeLessThan(64);
  });
});

test('a pipe in a folder is no file, and is not waited for', async () => {
  const files = idxFiles([5, 0, 4]);
  const { 't10k-labels-idx1-ubyte': _, ...rest } = files;
  await writeFiles(folder.path, rest);
  await promisify(execFile)('mkfifo', [join(folder.path, 't10k-labels-idx1-ubyte')]);
  const error = await failure(() => loadDataset('mnist', folder.path));
  expect(String(error)).toContain('expected a readable file, found a pipe or device');
});
