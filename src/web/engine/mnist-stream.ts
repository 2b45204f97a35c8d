import { DataError } from '../../data/errors';
import { IDX_HEAD, type IdxArray, parseIdx, parseIdxHeader } from '../../data/idx';
import { type Dataset, type ImageSet, pixelStatistics } from '../../data/images';
import { ADVICE, ByteReader, type Patience, patient, refusal, unzipped, within } from './byte-stream';

const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const PATIENCE_MS = 20_000;

export interface LoadOptions extends Partial<Patience> {
  /** Address of the folder of the four .gz files, with a slash at its end; or files that a person chose. */
  readonly from: string | readonly File[];
  /** At most so many images. */
  readonly train: number;
  readonly test: number;
  /** Told bytes received, unpacked, and those expected in all. */
  readonly onProgress: (received: number, total: number) => void;
}

/** All of MNIST but its training images. */
export interface FirstPart {
  readonly test: ImageSet;
  readonly trainLabels: Uint8Array;
}

/** MNIST on its way. Who wants the whole need not wait for the first part. */
export interface ComingMnist {
  readonly first: Promise<FirstPart>;
  readonly whole: Promise<Dataset>;
}

/**
 * MNIST out of the four IDX files, gzipped or not. Only as much of each is read as is needed. The training images, nine
 * tenths of it, come last. Promises reject with a DataError.
 */
export function streamMnist(options: LoadOptions): ComingMnist {
  const opening = firstPart(options, progressOf(options));
  const first = opening.then(({ part }) => part);
  const whole = opening.then(({ rest }) => rest);
  for (const promise of [first, whole]) promise.catch(() => undefined); // who waits for one hears of it
  return { first, whole };
}

/** The whole of it. @throws DataError */
export const loadMnistFrom = (options: LoadOptions): Promise<Dataset> => streamMnist(options).whole;

async function firstPart(options: LoadOptions, onProgress: FileProgress) {
  const { train, test } = options;
  const load = (file: string, dimensions: number, count: number) =>
    loadIdx(options, file, { dimensions, count, onProgress });
  const [images, testLabels, trainLabels] = await Promise.all([
    load('t10k-images-idx3-ubyte', 3, test),
    load('t10k-labels-idx1-ubyte', 1, test),
    load('train-labels-idx1-ubyte', 1, train),
  ]);
  const part = { test: setOf('t10k', 'MNIST test', images, testLabels), trainLabels: trainLabels.data };
  const rest = async (): Promise<Dataset> => {
    const pictures = await load('train-images-idx3-ubyte', 3, train);
    const set = setOf('train', 'MNIST train', pictures, trainLabels);
    return { name: 'MNIST', train: set, test: part.test, ...pixelStatistics(set) };
  };
  const coming = rest();
  coming.catch(() => undefined); // whoever waits for the whole hears of it
  return { part, rest: coming };
}

type FileProgress = (file: string, received: number) => void;

/** Adds up what has come of the files. */
function progressOf({ train, test, onProgress }: LoadOptions): FileProgress {
  const received = new Map<string, number>();
  const total = (train + test) * (28 * 28 + 1);
  return (file, soFar) => {
    received.set(file, soFar);
    const sum = [...received.values()].reduce((a, b) => a + b, 0);
    onProgress(sum, total);
  };
}

async function loadIdx(
  options: LoadOptions,
  file: string,
  { dimensions, count, onProgress }: { dimensions: number; count: number; onProgress: FileProgress },
): Promise<IdxArray> {
  const bytes = await firstItems(options, file, count, (soFar) => onProgress(file, soFar));
  const array = parseIdx(bytes, file);
  const { shape } = array;
  if (shape.length === dimensions && shape[0] > 0) return array;
  const expected = `${dimensions === 3 ? '[N, height, width]' : '[N]'} elements`;
  throw refusal(file, expected, `[${shape.join(', ')}]`);
}

function setOf(file: string, name: string, images: IdxArray, labels: IdxArray): ImageSet {
  const [many, height, width] = images.shape;
  if (labels.shape[0] !== many)
    throw refusal(`${file}-labels-idx1-ubyte`, `${many} labels, as many as images`, `${labels.shape[0]}`);
  return { name, images: images.data, labels: labels.data, shape: [1, height, width], classes: CLASSES };
}

/** An IDX file cut to its first items, with a header that says so. */
async function firstItems(
  { from, patienceMs = PATIENCE_MS, onStall = () => undefined }: LoadOptions,
  file: string,
  count: number,
  onProgress: (received: number) => void,
): Promise<Uint8Array> {
  const patience = { patienceMs, onStall };
  const { name, stream } = typeof from === 'string' ? await served(from, file, patience) : chosen(from, file);
  try {
    const plain = new ByteReader(await unzipped(name, patient(name, stream, patience)));
    const { shape, start, bytes: whole } = parseIdxHeader(await plain.first(IDX_HEAD), name);
    const items = Math.min(count, shape[0]);
    const needed = start + (items * (whole - start)) / Math.max(1, shape[0]);
    const bytes = await plain.first(needed, onProgress);
    plain.cancel();
    if (bytes.length < needed)
      throw refusal(name, `${needed} bytes for ${items} items`, `${bytes.length} bytes`, {
        code: 'DATA_CUT',
      });
    new DataView(bytes.buffer).setUint32(4, items);
    return bytes;
  } catch (cause) {
    if (cause instanceof DataError && cause.problem.advice === ADVICE) throw cause;
    if (cause instanceof DataError)
      throw refusal(name, cause.problem.expected, cause.problem.found, { cause });
    const found = cause instanceof Error ? cause.message : String(cause);
    throw refusal(name, 'a whole gzip file', found, { code: 'DATA_CUT', cause });
  }
}

interface Opened {
  /** What messages call it. */
  readonly name: string;
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
}

async function served(folder: string, file: string, patience: Patience): Promise<Opened> {
  const name = `${folder}${file}.gz`;
  const code = 'DATA_MISSING';
  const asked = fetch(name).catch((cause) => {
    throw refusal(name, 'an answer from the server', 'none', { code, cause });
  });
  const response = await within(name, patience, asked);
  if (response.ok && response.body) return { name, stream: response.body };
  throw refusal(name, 'a gzipped IDX file', `status ${response.status}`, { code });
}

function chosen(files: readonly File[], file: string): Opened {
  // Some name them with a dot, as 'train-images.idx3-ubyte'.
  const found = files.find(({ name }) => name.replace('.idx', '-idx').startsWith(file));
  if (found) return { name: found.name, stream: found.stream() as Opened['stream'] };
  const names = files.map(({ name }) => name).join(', ') || 'none';
  throw refusal(`${file}.gz`, 'to be among the files', names, { code: 'DATA_MISSING' });
}
