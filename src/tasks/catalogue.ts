import type { DatasetName } from '../data/registry.node';
import { classKey, type TaskSpec } from './spec';
import { mnistTasks, type Task } from './task';

const TITLES: Readonly<Record<DatasetName, string>> = {
  mnist: 'MNIST',
  fashion: 'Fashion-MNIST',
  cifar10: 'CIFAR-10',
  cifar100: 'CIFAR-100',
  quickdraw: 'Quick, Draw!',
};

/** Tasks 4 to 7 of DESIGN section 5, with the classes' own names. */
export const cifar10Tasks: readonly Task[] = [
  {
    ...{ id: '4', name: 'automobile, cat, ship vs rest', dataset: 'cifar10', kind: 'binary' },
    ...{ classes: ['rest', 'automobile, cat, ship'], positives: [1, 3, 8] },
  },
  {
    ...{ id: '5', name: 'cat, ship, truck vs rest', dataset: 'cifar10', kind: 'binary' },
    ...{ classes: ['rest', 'cat, ship, truck'], positives: [3, 8, 9] },
  },
  {
    ...{ id: '6', name: 'bird, frog, horse + rest', dataset: 'cifar10', kind: 'multi' },
    ...{ classes: ['bird', 'frog', 'horse', 'rest'], positives: [2, 6, 7] },
  },
  {
    ...{ id: '7', name: 'all of CIFAR-10', dataset: 'cifar10', kind: 'all' },
    classes: 'airplane automobile bird cat deer dog frog horse ship truck'.split(' '),
    positives: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  },
];

const oddDigits: Task = {
  ...{ id: 'mnist:odd', name: 'odd digits vs even', dataset: 'mnist', kind: 'binary' },
  ...{ classes: ['even', 'odd'], positives: [1, 3, 5, 7, 9] },
};

const NAMED: readonly Task[] = [...mnistTasks, ...cifar10Tasks, oddDigits];

/**
 * The task of an id that needs no file: '0' to '7', 'mnist:odd', `<data set>:all`, or `<data set>:<class>` for one class
 * against the rest, the class's name in any spelling. The task's own id is in small letters with hyphens.
 */
export function builtInTask(id: string): TaskSpec | undefined {
  const named = NAMED.find((task) => task.id === id);
  if (named) return named;
  const [, dataset = '', which = ''] = /^(\w+):(.+)$/.exec(id) ?? [];
  const key = classKey(which);
  if (!isDatasetName(dataset) || key === '') return undefined;
  return key === 'all'
    ? { id: `${dataset}:all`, name: `all of ${TITLES[dataset]}`, dataset, kind: 'all' }
    : {
        ...{ id: `${dataset}:${key}`, name: `${key.replaceAll('-', ' ')} vs rest`, dataset, kind: 'binary' },
        positives: [key],
      };
}

/** The ids that `builtInTask` knows, in words. */
export const BUILT_IN_TASKS = [
  ...NAMED.map(({ id, name }) => `${id} (${name})`),
  `SET:all and SET:CLASS, where SET is ${Object.keys(TITLES).join(', ')}`,
].join(', ');

export const isDatasetName = (word: string): word is DatasetName => Object.hasOwn(TITLES, word);
