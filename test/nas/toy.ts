import { DeviceImages } from '../../src/data/device-images';
import type { ImageSet } from '../../src/data/images';
import type { Nodes } from '../../src/nas/edges';
import { makeGenotype } from '../../src/nas/genotype';
import type { OperationName } from '../../src/nas/operations/defined';
import type { SavedSearch, SavedState } from '../../src/nas/search-state';
import type { SearchData, SearchSettings } from '../../src/nas/settings';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';

export const SIZE = 8;
export const CLASSES = 3;
const PLANE = SIZE * SIZE;

/** Noise with a bright pair of rows that tells the class. */
function toyImages(count: number, seed: number): ImageSet {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % CLASSES);
  const images = Uint8Array.from({ length: count * PLANE }, (_, i) => {
    const row = Math.floor((i % PLANE) / SIZE);
    const bright = Math.floor(row / 2) === labels[Math.floor(i / PLANE)];
    return random.int(120) + (bright ? 100 : 0);
  });
  return { name: 'toy', images, labels, shape: [1, SIZE, SIZE], classes: ['a', 'b', 'c'] };
}

/** A toy task: 48 images to train on, 24 to validate, shown with 2 channels. */
export function toyData(gpu: Gpu, seed = 1): SearchData & { dispose(): void } {
  const set = toyImages(72, seed);
  const images = new DeviceImages(gpu, set, { mean: [0.3], std: [0.25], channels: 2 });
  const split = (from: number, to: number) => ({
    indices: Uint32Array.from({ length: to - from }, (_, i) => from + i),
    labels: Int32Array.from(set.labels.slice(from, to)),
  });
  const data = { images, train: split(0, 48), validation: split(48, 72), classes: CLASSES };
  return { ...data, dispose: () => images.dispose() };
}

/** Settings of a search that takes a second. FUSE counts epochs, so that its steps are known. */
export const toySettings: SearchSettings = {
  space: {
    name: 'standard',
    operations: ['none', 'skip_connect', 'dil_conv_3x3', 'avg_pool_3x3'],
    reason: '',
  },
  nodes: 3,
  channels: 2,
  candidates: 2,
  rounds: 2,
  stages: 2,
  weightEpochs: 1,
  alphaEpochs: 2,
  batchSize: 16,
  seed: 5,
  budget: 'epochs',
};

/** A cell with one operation on every edge but those given. */
export function cellOf(
  operation: OperationName,
  nodes: Nodes = 4,
  others: Record<string, OperationName> = {},
) {
  const edges = ['01', '02', '03', '12', '13', '23'].map((edge) => [edge, operation]);
  return makeGenotype(nodes, 2, { ...Object.fromEntries(edges), ...others });
}

/** A saved search as a file would give it back: the state as JSON, the tensors as data. */
export async function copyOf<State extends SavedState>(
  state: State,
  tensors: ReadonlyMap<string, Tensor>,
): Promise<SavedSearch<State>> {
  const copies = [...tensors].map(async ([name, tensor]) => {
    return [name, { shape: tensor.shape, data: Array.from(await tensor.data()) }] as const;
  });
  return { state: JSON.parse(JSON.stringify(state)), tensors: new Map(await Promise.all(copies)) };
}

/** A signal that is given once `steps` steps were reported to `onProgress`. */
export function interruptAfter(steps: number): { signal: AbortSignal; onProgress: () => void } {
  const controller = new AbortController();
  let made = 0;
  const onProgress = () => {
    made += 1;
    if (made === steps) controller.abort();
  };
  return { signal: controller.signal, onProgress };
}
