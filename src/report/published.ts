import type { PublishedRow } from './results';

const TASK_SIMILARITY = 'Le et al., arXiv:2103.00241';
const TASK_AWARE = 'Le et al., arXiv:2010.13962';

/** A comparison as printed in a paper. */
export interface PublishedTable {
  /** What its picture is called. */
  readonly name: string;
  /** Id of the task that it is about. */
  readonly target: string;
  readonly title: string;
  readonly source: string;
  readonly rows: readonly PublishedRow[];
}

/**
 * Mean log-det distances over ten seeds, [source 0..7, target 0..7] (arXiv:2103.00241).
 * Tasks 0 to 3 are MNIST, 4 to 7 CIFAR-10.
 */
export const PUBLISHED_LOGDET_MEANS: readonly (readonly number[])[] = [
  [0, 0.43, 1.24, 0.77, 1.41, 1.33, 1.37, 1.43],
  [0.86, 0, 1.28, 0.52, 2.47, 2.52, 2.18, 1.9],
  [1.91, 2.07, 0, 0.44, 1.43, 1.49, 1.71, 0.91],
  [1.61, 0.89, 0.17, 0, 1.55, 1.51, 0.47, 0.54],
  [3.32, 2.36, 1.29, 1.47, 0, 0.04, 0.34, 0.58],
  [3.27, 2.42, 1.31, 1.51, 0.04, 0, 0.32, 0.61],
  [3.04, 2.05, 0.33, 0.27, 0.24, 0.24, 0, 0.34],
  [2.99, 2.39, 0.38, 0.23, 0.38, 0.39, 0.25, 0],
];

/** The published means for some tasks, [source, target]. Null if one of them is not among the eight. */
export function publishedLogDetMeans(tasks: readonly string[]): number[][] | null {
  const rows = tasks.map((source) =>
    tasks.map((target) => PUBLISHED_LOGDET_MEANS[Number(source)]?.[Number(target)]),
  );
  const complete = rows.every((row) => row.every((value) => value !== undefined));
  return complete ? (rows as number[][]) : null;
}

type Line = readonly [name: string, errorPercent: number, parametersM?: number, gpuDays?: number];

function publishedTable(about: Omit<PublishedTable, 'rows'>, lines: readonly Line[]): PublishedTable {
  const { source } = about;
  const rows = lines.map(([architecture, testErrorPercent, parametersM = null, gpuDays = null]) => ({
    architecture,
    testErrorPercent,
    parametersM,
    gpuDays,
    source,
  }));
  return { ...about, rows };
}

/** MNIST, all ten classes (task 3): printed as accuracies, here as errors. */
const MNIST = { name: 'mnist', target: '3', title: 'MNIST, ten classes', source: TASK_SIMILARITY };
export const PUBLISHED_MNIST = publishedTable(MNIST, [
  ['LD-NAS (task-aware)', 0.33, 2.28],
  ['Random search', 0.41],
  ['DARTS', 0.49],
  ['DenseNet-121', 0.39],
  ['ResNet-18', 0.44],
  ['VGG-16', 0.45],
  ['ENAS', 2.23],
]);

/** CIFAR-10, classes 2, 6, 7 and the rest (task 6): printed as accuracies, here as errors. */
const CIFAR = {
  name: 'cifar10',
  target: '6',
  title: 'CIFAR-10, classes 2, 6, 7 and the rest',
  source: TASK_SIMILARITY,
};
export const PUBLISHED_CIFAR = publishedTable(CIFAR, [
  ['LD-NAS (task-aware)', 9.13, 3.02],
  ['DARTS', 9.89],
  ['Random search', 11.45],
  ['DenseNet-121', 11.88],
  ['ResNet-18', 13.07],
  ['VGG-16', 13.25],
  ['ENAS', 24.78],
]);

const QUICKDRAW = {
  name: 'quickdraw',
  target: 'quickdraw:all',
  title: 'Quick, Draw!, ten classes',
  source: TASK_AWARE,
};
export const PUBLISHED_QUICKDRAW = publishedTable(QUICKDRAW, [
  ['FUSE task-aware', 1.18, 2.72, 2],
  ['FUSE standard', 1.21, 2.89, 2],
  ['Random search', 1.33, 2.55, 4],
  ['DenseNet-161', 1.17, 27.6],
  ['ResNet-34', 1.2, 21.54],
  ['ResNet-18', 1.42, 11.44],
]);

export const PUBLISHED_TABLES = [PUBLISHED_MNIST, PUBLISHED_CIFAR, PUBLISHED_QUICKDRAW] as const;
