import type { Dataset, ImageSet } from '../../data/images';

/** A data set's four files in MNIST's format, by their paths on the server; each in parts. */
export function idxFiles({ train, test }: Dataset): ReadonlyMap<string, readonly Uint8Array[]> {
  return new Map([
    ['/data/train-images-idx3-ubyte.gz', imagesIdx(train)],
    ['/data/train-labels-idx1-ubyte.gz', labelsIdx(train)],
    ['/data/t10k-images-idx3-ubyte.gz', imagesIdx(test)],
    ['/data/t10k-labels-idx1-ubyte.gz', labelsIdx(test)],
  ]);
}

const imagesIdx = ({ images, labels, shape: [, height, width] }: ImageSet) => [
  idxHeader([labels.length, height, width]),
  images,
];
const labelsIdx = ({ labels }: ImageSet) => [idxHeader([labels.length]), labels];

/** Header of an IDX file of unsigned bytes, see `parseIdx`. */
function idxHeader(shape: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x0800 + shape.length);
  for (const [axis, length] of shape.entries()) view.setUint32(4 + 4 * axis, length);
  return bytes;
}
