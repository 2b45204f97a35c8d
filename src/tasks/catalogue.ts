import { cifar10 } from '../data/sets/cifar10';
import { cifar100 } from '../data/sets/cifar100';
import { mnist } from '../data/sets/mnist';
import { DATASET_NAMES, DATASETS, datasetNamed, isDatasetName } from '../data/table';
import { aText, checkArgument } from '../tensor/guard';
import { classKey, type TaskSpec } from './spec';
import type { Task } from './task';

/** Whether a task is one of the eight of DESIGN section 5, which have numbers. */
const isNumbered = ({ id }: Task): boolean => /^\d+$/.test(id);

/**
 * Tasks 0 to 3 of DESIGN section 5.
 * @example
 * ```ts
 * tasks.mnistTasks.map(({ name }) => name); // → ['0 vs rest', '6 vs rest', '0,1,2,3 + rest', 'all digits']
 * ```
 */
export const mnistTasks: readonly Task[] = mnist.tasks.filter(isNumbered);

/**
 * Tasks 4 to 7 of DESIGN section 5, with the classes' own names.
 * @example
 * ```ts
 * tasks.cifar10Tasks.map(({ id }) => id); // → ['4', '5', '6', '7']
 * ```
 */
export const cifar10Tasks: readonly Task[] = cifar10.tasks.filter(isNumbered);

/** Tasks with an id of their own, the numbered ones first. */
const NAMED = DATASETS.flatMap(({ tasks }) => tasks).sort(
  (a, b) => Number(isNumbered(b)) - Number(isNumbered(a)),
);

/**
 * The task of an id that needs no file: one of a data set's own, as '0' to '7' or 'mnist:odd', `<data set>:all`, or
 * `<data set>:<class>` for one class against the rest. The class's name may be in any spelling; the task's own id has it
 * in small letters with hyphens.
 * @example
 * ```ts
 * tasks.builtInTask('cifar10:cat')?.name; // → 'cat vs rest'
 * tasks.builtInTask('mine:cat'); // → undefined
 * ```
 */
export function builtInTask(id: string): TaskSpec | undefined {
  checkArgument('builtInTask', 'id', id, aText);
  const named = NAMED.find((task) => task.id === id);
  if (named) return named;
  const [, dataset = '', which = ''] = /^(\w+):(.+)$/.exec(id) ?? [];
  const key = classKey(which);
  if (!isDatasetName(dataset) || key === '') return undefined;
  if (key === 'all') {
    return { id: `${dataset}:all`, name: `all of ${datasetNamed(dataset).title}`, dataset, kind: 'all' };
  }
  const name = `${key.replaceAll('-', ' ')} vs rest`;
  return { id: `${dataset}:${key}`, name, dataset, kind: 'binary', positives: [key] };
}

/** The ids that `builtInTask` knows, in words. */
export const BUILT_IN_TASKS = [
  ...NAMED.map(({ id, name }) => `${id} (${name})`),
  `SET:all and SET:CLASS, where SET is ${DATASET_NAMES.join(', ')}`,
].join(', ');

/** Whether a task is of CIFAR-10 or CIFAR-100, whose photographs the public programs of Le et al. treat in another way. */
export const isCifar = ({ dataset }: Pick<Task, 'dataset'>): boolean =>
  dataset === cifar10.name || dataset === cifar100.name;

/**
 * Whether a task's images keep their meaning when mirrored left to right. Those of picture folders do; of data under a name
 * of the program's own nobody knows.
 */
export const mayMirror = ({ dataset }: Pick<Task, 'dataset'>): boolean =>
  typeof dataset !== 'string' || (isDatasetName(dataset) && datasetNamed(dataset).mirrors);
