import type { DistanceKind } from './distance-kind';
import { formatDistance } from './format';
import type { Distance } from './results';
import { formatSpread, type Spread } from './statistics/spread';

/**
 * Whether a distance is not above the null of its target, which is the distance of a task from itself between networks
 * with other first weights: not larger than its mean and its standard deviation together. Where there is no null, as
 * with one seed, nothing is said against a distance.
 */
export const isAtNull = (distance: number, itself: Spread | null): boolean =>
  itself !== null && distance <= itself.mean + itself.sd;

/** The null of a target, where there is one. */
export function nullOf(
  { tasks, nulls }: Pick<Distance, 'tasks' | 'nulls'>,
  kind: DistanceKind,
  target: string,
): Spread | null {
  return nulls?.[kind][tasks.indexOf(target)] ?? null;
}

/** A distance as a sentence has it, with its null where it is not above that. */
export function distanceWords(distance: number, itself: Spread | null): string {
  const words = formatDistance(distance);
  if (itself === null || !isAtNull(distance, itself)) return words;
  return `${words}, not above the null of ${formatSpread(itself, formatDistance)}`;
}
