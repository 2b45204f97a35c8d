import { aNumber, checkAll, listOf, numbers } from '../tensor/guard';

/**
 * Index of the source, other than the target, from which the target is least far; the first of equals.
 * @example
 * ```ts
 * const distances = [[0, 0.4, 1.2], [0.9, 0, 1.3], [1.9, 2.1, 0]]; // [source][target]
 * fisher.closestTask(distances, 2); // → 0
 * ```
 */
export function closestTask(mean: readonly (readonly number[])[], target: number): number {
  checkAll('closestTask', { mean: [mean, listOf('rows', numbers)], target: [target, aNumber] });
  const sources = mean.map((_, source) => source).filter((source) => source !== target);
  if (sources.length === 0 || target < 0 || target >= mean.length || !Number.isInteger(target)) {
    throw new RangeError(`closestTask: target ${target} has no other task in a matrix of ${mean.length}`);
  }
  return sources.reduce((best, source) => (mean[source][target] < mean[best][target] ? source : best));
}
