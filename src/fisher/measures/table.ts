import { cka } from './cka';
import { leep } from './leep';
import { logme } from './logme';
import type { TaskMeasure } from './task-measure';
import { task2vec, task2vecAsymmetric } from './task2vec';

/** Names of the measures beside our distances. */
export type TaskMeasureName = 'task2vec' | 'task2vec-asymmetric' | 'leep' | 'logme' | 'cka';

/**
 * What others measure the nearness of tasks by, each as a record that says what it needs; `measureMatrix` walks them.
 * @example
 * ```ts
 * const leep = fisher.TASK_MEASURES.find(({ name }) => name === 'leep');
 * leep?.needs; // → ['outputs', 'labels']
 * leep?.first; // → 'most'
 * ```
 */
export const TASK_MEASURES: readonly TaskMeasure<TaskMeasureName>[] = [
  task2vec,
  task2vecAsymmetric,
  leep,
  logme,
  cka,
];
