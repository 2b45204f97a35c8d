import { commonViews } from '../data/common-view';
import type { NotedDataset } from '../data/dataset';
import { DeviceImages, type ViewOptions } from '../data/device-images';
import { loadImageFolders } from '../data/folders.node';
import type { ImageSet } from '../data/images';
import { loadDataset } from '../data/load.node';
import { datasetNamed, isDatasetName } from '../data/table';
import { isCifar } from '../tasks/catalogue';
import { resolveTask, type TaskSpec } from '../tasks/spec';
import { sourceKey, type Task, type TaskSource } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import type { Protocol } from './protocols';

/** Folders of data sets by their names. One that is not named is looked for where `loadDataset` does. */
export type DataFolders = Readonly<Partial<Record<string, string>>>;

/** Data sets by the key of their source. */
export type Datasets = ReadonlyMap<string, NotedDataset>;

/** A data set, and its images on the GPU, seen in the size and channels that all the run's tasks have in common. */
export interface OpenSet {
  readonly dataset: NotedDataset;
  /** How cells see it, but for the number of channels. */
  readonly cellView: Pick<ViewOptions, 'mean' | 'std' | 'pad'>;
  readonly train: DeviceImages;
  readonly test: DeviceImages;
}

/** Reads the data sets that tasks are cut from, each once. @throws DataError */
export async function loadSets(tasks: readonly TaskSpec[], folders: DataFolders): Promise<Datasets> {
  const sets = new Map<string, NotedDataset>();
  for (const { dataset: source } of tasks) {
    const key = sourceKey(source);
    if (!sets.has(key)) sets.set(key, await load(source, folders));
  }
  return sets;
}

const load = (source: TaskSource, folders: DataFolders): Promise<NotedDataset> =>
  typeof source === 'string'
    ? loadDataset(datasetNamed(source), folders[source])
    : loadImageFolders(source.folders, source);

/** Tasks by id, with the classes that their data sets have. @throws DataError on a class that is not there */
export function resolveTasks(specs: readonly TaskSpec[], sets: Datasets): ReadonlyMap<string, Task> {
  const resolved = specs.map((spec) => {
    const { name, train } = setOf(sets, spec.dataset);
    return [spec.id, resolveTask(spec, { name, classes: train.classes })] as const;
  });
  return new Map(resolved);
}

/** As the public programs see digits and drawings: beside CIFAR's photographs, whether these are there or not. */
const CIFAR_SIZE: Pick<ImageSet, 'name' | 'shape'> = { name: 'CIFAR', shape: [3, 32, 32] };
/** Pixels as their loader has them: photographs of CIFAR by given figures, all else from 0 to 1. */
const CIFAR_PIXELS = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };
const programPixels = (key: string, { mean }: NotedDataset) =>
  isCifar({ dataset: key }) ? CIFAR_PIXELS : { mean: mean.map(() => 0), std: mean.map(() => 1) };

/** Copies data sets to the GPU. @throws DataError where their images cannot be seen in one size */
export function openSets(
  gpu: Gpu,
  sets: Datasets,
  { pixels, imageSize }: Pick<Protocol, 'pixels' | 'imageSize'>,
): ReadonlyMap<string, OpenSet> {
  const shown = [...sets.values()].map(({ train }) => train);
  const asCifar = imageSize === 'cifar' && [...sets.keys()].every(isDatasetName);
  const views = commonViews(asCifar ? [...shown, CIFAR_SIZE] : shown);
  const opened = [...sets].map(([key, dataset], i) => {
    const { mean, std } = pixels === 'loader' ? programPixels(key, dataset) : dataset;
    const view = { mean, std, ...views[i] };
    const train = new DeviceImages(gpu, dataset.train, view);
    const test = new DeviceImages(gpu, dataset.test, view);
    const cellView = { mean, std, pad: asCifar ? view.pad : 0 };
    return [key, { dataset, train, test, cellView }] as const;
  });
  return new Map(opened);
}

/** @throws RangeError on a source that was not loaded */
export function setOf<Value>(sets: ReadonlyMap<string, Value>, source: TaskSource): Value {
  const set = sets.get(sourceKey(source));
  if (set) return set;
  throw new RangeError(
    `the data of ${sourceKey(source)} was not loaded; a command has to name its tasks first`,
  );
}
