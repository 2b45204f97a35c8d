import { DataError } from '../data/errors';
import { DATASET_NAMES } from '../data/table';
import type { DataSet, DataSource } from '../experiment/data-set';
import { type DataFolders, jobSet, loadSets } from '../experiment/scene/sets.node';
import { sourceKey, type TaskSource } from '../tasks/task';

/**
 * Finds the data of jobs among the data sets of this machine: those of named folders first, then all that taskgrad knows.
 * Each is read when it is first looked at, and kept.
 * @param pictures own pictures, as tasks of a file name them
 */
export function jobData(folders: DataFolders, pictures: readonly TaskSource[] = []): DataSource {
  const sources: readonly TaskSource[] = [...Object.keys(folders), ...pictures, ...DATASET_NAMES];
  const known = new Map<string, Promise<DataSet | undefined>>();
  const read = (source: TaskSource): Promise<DataSet | undefined> => {
    const key = sourceKey(source);
    const set = known.get(key) ?? atHand(source, folders);
    known.set(key, set);
    return set;
  };
  return async (sha256) => {
    for (const source of sources) {
      const set = await read(source);
      if (set?.sha256 === sha256) return set;
    }
    return undefined;
  };
}

/** Undefined where this machine has no such data. */
async function atHand(dataset: TaskSource, folders: DataFolders): Promise<DataSet | undefined> {
  try {
    const [set] = (await loadSets([{ dataset }], folders)).values();
    return jobSet(set);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}
