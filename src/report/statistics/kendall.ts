import { checkLengths } from './rank-correlation';

/**
 * Kendall's rank correlation τ-b: pairs of places that both sides put in one order, less those that they put in
 * opposite orders, over the geometric mean of the pairs that each side orders at all. Equal values are not ordered, and
 * neither are equal infinities.
 * @returns −1 to 1, or null where all values of a side are equal, or fewer than two, and so have no order
 * @throws RangeError unless both sides have as many values
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number | null {
  checkLengths('kendallTau', a, b);
  let [shared, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const orderA = Number(a[i] > a[j]) - Number(a[i] < a[j]);
      const orderB = Number(b[i] > b[j]) - Number(b[i] < b[j]);
      shared += orderA * orderB;
      ofA += orderA * orderA;
      ofB += orderB * orderB;
    }
  }
  return ofA > 0 && ofB > 0 ? shared / Math.sqrt(ofA * ofB) : null;
}

/**
 * Share of the places with the `count` largest values of one side that are also among those of the other; of equal values
 * the first places count.
 * @returns 0 to 1
 * @throws RangeError unless both sides have as many values, and at least `count`
 */
export function topOverlap(a: readonly number[], b: readonly number[], count: number): number {
  checkLengths('topOverlap', a, b);
  if (!(Number.isInteger(count) && count >= 1 && count <= a.length))
    throw new RangeError(`topOverlap: the largest ${count} of ${a.length} values, expected 1 to ${a.length}`);
  const best = (values: readonly number[]) =>
    values
      .map((_, i) => i)
      .sort((i, j) => Number(values[j] > values[i]) - Number(values[j] < values[i]) || i - j)
      .slice(0, count);
  const ofB = new Set(best(b));
  return best(a).filter((place) => ofB.has(place)).length / count;
}
