import { publishedLogDetMeans } from '../../report/published';
import type { Distance } from '../../report/results';
import { rankCorrelation } from '../../report/statistics/rank-correlation';

type Matrix = readonly (readonly number[])[];

/**
 * Spearman's rank correlation ρ of the entries off the diagonals of two square matrices of one size.
 * @returns −1 to 1, or null where the entries of one are all equal, or fewer than two
 */
export const matrixCorrelation = (a: Matrix, b: Matrix): number | null =>
  rankCorrelation(offDiagonal(a), offDiagonal(b));

const offDiagonal = (matrix: Matrix): number[] =>
  matrix.flatMap((row, source) => row.filter((_, target) => target !== source));

/**
 * How far the order of the log-det means is the published one, over the tasks that were published, of those measured.
 * Nothing where they are fewer than two.
 */
export function publishedOrder({
  tasks,
  logdet,
}: Pick<Distance, 'tasks' | 'logdet'>): { spearman: number | null; text: string } | undefined {
  const present = tasks.flatMap((id, i) => (publishedLogDetMeans([id]) ? [i] : []));
  const published = publishedLogDetMeans(present.map((i) => tasks[i]));
  if (!published || present.length < 2) return undefined;
  const ours = present.map((source) => present.map((target) => logdet.mean[source][target]));
  const spearman = matrixCorrelation(ours, published);
  const pairs = present.length * (present.length - 1);
  const value = spearman === null ? 'none, as all entries are equal' : spearman.toFixed(2);
  const text = `rank correlation with the published log-det means (Spearman, ${pairs} entries): ${value}`;
  return { spearman, text };
}
