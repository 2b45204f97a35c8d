import { DataError } from '../../data/errors';
import { type IdxArray, parseIdx } from '../../data/idx';
import { type Dataset, type ImageSet, pixelStatistics } from '../../data/images';

const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const ADVICE = 'Is `taskgrad demo` still running? Start it again and reload the page';

export interface LoadOptions {
  /** Folder of the four .gz files, with a slash at its end. */
  readonly from: string;
  /** At most so many images. */
  readonly train: number;
  readonly test: number;
  /** Told bytes received, unpacked, and those expected in all. */
  readonly onProgress: (received: number, total: number) => void;
}

/**
 * MNIST from a server, as the gzipped IDX files. Only as much of each is read as is needed. @throws DataError
 */
export async function loadMnistFrom({ from, train, test, onProgress }: LoadOptions): Promise<Dataset> {
  const received = new Map<string, number>();
  const total = (train + test) * (28 * 28 + 1);
  const load = async (file: string, name: string, count: number): Promise<IdxArray> => {
    const bytes = await firstItems(`${from}${file}.gz`, count, (soFar) => {
      received.set(file, soFar);
      onProgress(
        [...received.values()].reduce((a, b) => a + b, 0),
        total,
      );
    });
    return parseIdx(bytes, name);
  };
  const set = async (file: string, name: string, count: number): Promise<ImageSet> => {
    const [images, labels] = await Promise.all([
      load(`${file}-images-idx3-ubyte`, `${name} images`, count),
      load(`${file}-labels-idx1-ubyte`, `${name} labels`, count),
    ]);
    const [, height, width] = images.shape;
    return { name, images: images.data, labels: labels.data, shape: [1, height, width], classes: CLASSES };
  };
  const [trainSet, testSet] = await Promise.all([
    set('train', 'MNIST train', train),
    set('t10k', 'MNIST test', test),
  ]);
  return { name: 'MNIST', train: trainSet, test: testSet, ...pixelStatistics(trainSet) };
}

/** An IDX file cut to its first items, with a header that says so. */
async function firstItems(
  url: string,
  count: number,
  onProgress: (received: number) => void,
): Promise<Uint8Array> {
  const response = await fetch(url).catch((cause) => {
    throw new DataError(
      'DATA_MISSING',
      { file: url, expected: 'an answer from the server', found: 'none', advice: ADVICE },
      { cause },
    );
  });
  if (!response.ok || !response.body) {
    const found = `status ${response.status}`;
    throw new DataError('DATA_MISSING', { file: url, expected: 'a gzipped IDX file', found, advice: ADVICE });
  }
  const reader = response.body.pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let needed = Number.POSITIVE_INFINITY;
  while (length < needed) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      const found = cause instanceof Error ? cause.message : String(cause);
      const problem = { file: url, expected: 'a whole gzip file', found, advice: ADVICE };
      throw new DataError('DATA_CUT', problem, { cause });
    });
    if (done) break;
    chunks.push(value);
    length += value.length;
    if (needed === Number.POSITIVE_INFINITY && length >= 16) needed = bytesOf(join(chunks, length), count);
    onProgress(Math.min(length, needed));
  }
  await reader.cancel();
  const bytes = join(chunks, length).slice(0, Math.min(length, needed));
  if (bytes.length < 8) return bytes; // which is no IDX file
  new DataView(bytes.buffer).setUint32(4, Math.min(count, itemsOf(bytes)));
  return bytes;
}

const itemsOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);

/** Bytes of an IDX file of one-byte elements up to its `count`-th item. */
function bytesOf(head: Uint8Array, count: number): number {
  const view = new DataView(head.buffer, head.byteOffset);
  const dimensions = view.getUint8(3);
  let item = 1;
  for (let axis = 1; axis < dimensions; axis++) item *= view.getUint32(4 + 4 * axis);
  return 4 + 4 * dimensions + Math.min(count, itemsOf(head)) * item;
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
