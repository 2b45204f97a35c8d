import { basename } from 'node:path';
import { commonViews } from '../../data/common-view';
import type { NotedDataset } from '../../data/dataset';
import { loadImageFolders } from '../../data/folders.node';
import type { ImageSet } from '../../data/images';
import { loadDataset } from '../../data/load.node';
import { datasetNamed, isDatasetName } from '../../data/table';
import { isCifar } from '../../tasks/catalogue';
import { resolveTask, type TaskSpec } from '../../tasks/spec';
import { sourceKey, type Task, type TaskSource } from '../../tasks/task';
import type { DataSet } from '../data-set';
import { dataset as hashed } from '../hash.node';
import type { Protocol } from '../settings/protocols';
import type { SetContent, SetView } from './inputs';

/** Folders of data sets by their names. One that is not named is looked for where `loadDataset` does. */
export type DataFolders = Readonly<Partial<Record<string, string>>>;

/** Data sets by the key of their source. */
export type Datasets = ReadonlyMap<string, NotedDataset>;

/** Reads the data sets that tasks are cut from, each once. @throws DataError */
export async function loadSets(
  tasks: readonly Pick<TaskSpec, 'dataset'>[],
  folders: DataFolders,
): Promise<Datasets> {
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

/** A data set as jobs are given it: what it is called, and where it lies, is not in its hash. */
export function jobSet({ name, train, test }: NotedDataset): DataSet<SetContent> {
  const part = ({ images, labels, shape, classes }: ImageSet, name: string) => ({
    ...{ name, images, labels, shape, classes },
  });
  return hashed<SetContent>(name, { train: part(train, 'train'), test: part(test, 'test') });
}

/** A task as jobs are given it: the same wherever own pictures lie. */
export function jobTask(task: Task): Task {
  const { dataset } = task;
  if (typeof dataset === 'string') return task;
  return { ...task, dataset: { ...dataset, folders: basename(dataset.folders) } };
}

/** As the public programs see digits and drawings: beside CIFAR's photographs, whether these are there or not. */
const CIFAR_SIZE: Pick<ImageSet, 'name' | 'shape'> = { name: 'CIFAR', shape: [3, 32, 32] };
/** Pixels as their loader has them: photographs of CIFAR by given figures, all else from 0 to 1. */
const CIFAR_PIXELS = { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] };
const programPixels = (key: string, { mean }: NotedDataset) =>
  isCifar({ dataset: key }) ? CIFAR_PIXELS : { mean: mean.map(() => 0), std: mean.map(() => 1) };

/**
 * How data sets are seen, in the size and channels that all tasks have in common.
 * @throws DataError where their images cannot be seen in one size
 */
export function viewsOf(
  sets: Datasets,
  { pixels, imageSize }: Pick<Protocol, 'pixels' | 'imageSize'>,
): ReadonlyMap<string, SetView> {
  const shown = [...sets.values()].map(({ train }) => train);
  const asCifar = imageSize === 'cifar' && [...sets.keys()].every(isDatasetName);
  const views = commonViews(asCifar ? [...shown, CIFAR_SIZE] : shown);
  const all = [...sets].map(([key, dataset], i) => {
    const { mean, std } = pixels === 'loader' ? programPixels(key, dataset) : dataset;
    const network = { mean, std, ...views[i] };
    return [key, { network, cell: { mean, std, pad: (asCifar ? network.pad : undefined) ?? 0 } }] as const;
  });
  return new Map(all);
}

/** @throws RangeError on a source that was not loaded */
export function setOf<Value>(sets: ReadonlyMap<string, Value>, source: TaskSource): Value {
  const set = sets.get(sourceKey(source));
  if (set) return set;
  throw new RangeError(
    `the data of ${sourceKey(source)} was not loaded; a command has to name its tasks first`,
  );
}
