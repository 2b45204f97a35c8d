import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cifar10Bytes, cifarBytes } from './cifar-bytes';
import { idxBytes } from './idx-bytes';
import { npyBytes } from './npy-bytes';

/** Files by their paths in a folder. */
export type Files = Readonly<Record<string, Buffer>>;

export async function writeFiles(dir: string, files: Files): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), bytes);
  }
}

/** Four IDX files of 2 x 2 pixels with these training labels. */
export function idxFiles(labels: readonly number[], ending: '' | '.gz' = ''): Files {
  const { length } = labels;
  const pack = ending === '.gz' ? gzipSync : (bytes: Buffer) => bytes;
  return {
    [`train-images-idx3-ubyte${ending}`]: pack(idxBytes([length, 2, 2], new Array(length * 4).fill(9))),
    [`train-labels-idx1-ubyte${ending}`]: pack(idxBytes([length], labels)),
    [`t10k-images-idx3-ubyte${ending}`]: pack(idxBytes([1, 2, 2], [1, 2, 3, 4])),
    [`t10k-labels-idx1-ubyte${ending}`]: pack(idxBytes([1], [9])),
  };
}

/** Whole data sets by the names of their records, as small as they can be. */
export const SMALL_FILES: Readonly<Record<string, Files>> = {
  mnist: idxFiles([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]),
  fashion: idxFiles([9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 1], '.gz'),
  cifar10: { 'data_batch_1.bin': cifar10Bytes([1, 2]), 'test_batch.bin': cifar10Bytes([3]) },
  cifar100: {
    'train.bin': cifarBytes([{ labels: [0, 50], value: 1 }]),
    'test.bin': cifarBytes([{ labels: [0, 51], value: 1 }]),
  },
  quickdraw: { 'full_numpy_bitmap_cat.npy': npyBytes([2, 784], new Uint8Array(1568).fill(3)) },
};
