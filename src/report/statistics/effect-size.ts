import { spreadOf } from './spread';

/** What is below this share of the largest difference is rounding. */
const ROUNDING = 1e-9;

/** Differences, first less second, with 0 for what is rounding alone. Errors are whole images, so that many are equal. */
export function pairedDifferences(first: readonly number[], second: readonly number[]): number[] {
  const differences = first.map((value, i) => value - second[i]);
  const least = ROUNDING * Math.max(...differences.map(Math.abs));
  return differences.map((value) => (Math.abs(value) > least ? value : 0));
}

/**
 * Cohen's d of paired differences: their mean over their sample standard deviation (d_z of Lakens 2013, 'Calculating and
 * reporting effect sizes'). Pairs share images and first weights, so it is of differences: Cliff's δ, which compares
 * every value of one side with every one of the other, would count what pairs have in common as noise.
 * @returns null where fewer than two differ, and so have no spread
 */
export function pairedEffect(differences: readonly number[]): number | null {
  if (differences.length < 2) return null;
  const { mean, sd } = spreadOf(differences);
  const largest = Math.max(...differences.map(Math.abs));
  return sd > ROUNDING * largest ? mean / sd : null;
}

/**
 * Share of the pairs in which the first side is the smaller one, equal ones by half.
 * @param differences first less second, at least one
 */
export function winRate(differences: readonly number[]): number {
  const points = differences.reduce<number>((sum, value) => sum + (value < 0 ? 1 : value > 0 ? 0 : 0.5), 0);
  return points / differences.length;
}
