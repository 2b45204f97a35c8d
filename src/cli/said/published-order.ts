import { publishedRho, rhoText } from '../../report/published-rho';
import type { Distance } from '../../report/results';
import type { Interval } from '../../report/statistics/bootstrap';
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

/** Spearman's ρ of our log-det means and the published ones, and how sure it is. */
export interface PublishedOrder {
  readonly spearman: number | null;
  /** 95 % interval over tasks and seeds. */
  readonly interval: Interval | null;
  /** '0.53 (95 % interval -0.10 to 0.90, over 4 tasks and 3 seeds)'. */
  readonly figures: string;
  readonly text: string;
}

/**
 * How far the order of the log-det means is the published one, over the tasks that were published, of those measured.
 * Nothing where they are fewer than two.
 */
export function publishedOrder({
  tasks,
  logdet,
}: Pick<Distance, 'tasks' | 'logdet'>): PublishedOrder | undefined {
  const perSeed = logdet.perSeed ?? [logdet.mean];
  const order = publishedRho(tasks, perSeed);
  if (!order) return undefined;
  const figures = rhoText(order, perSeed.length);
  const pairs = order.tasks * (order.tasks - 1);
  const text = `rank correlation with the published log-det means (Spearman, ${pairs} entries): ${figures}`;
  return { spearman: order.rho, interval: order.interval, figures, text };
}
