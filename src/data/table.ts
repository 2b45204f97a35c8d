import { TaskgradError } from '../../runtime/errors';
import type { DatasetRecord } from './define';
import { cifar10 } from './sets/cifar10';
import { cifar100 } from './sets/cifar100';
import { fashion } from './sets/fashion';
import { mnist } from './sets/mnist';
import { quickdraw } from './sets/quickdraw';

/** Every data set: what is read by name, what the tasks and the command line know, and what the tests walk. */
export const DATASETS = [mnist, fashion, cifar10, cifar100, quickdraw] as const;

/** The name of a data set that taskgrad knows. */
export type DatasetName = (typeof DATASETS)[number]['name'];

/** In the order of the table. */
export const DATASET_NAMES: readonly DatasetName[] = DATASETS.map(({ name }) => name);

export const isDatasetName = (word: string): word is DatasetName =>
  DATASET_NAMES.some((name) => name === word);

/** @throws TaskgradError `DATASET_UNKNOWN` on a name that is not in the table */
export function datasetNamed(name: string): DatasetRecord {
  const found = DATASETS.find((one) => one.name === name);
  if (found) return found;
  throw new TaskgradError(
    'DATASET_UNKNOWN',
    `unknown data set '${name}'; known are ${DATASET_NAMES.join(', ')}`,
  );
}
