/**
 * Spearman's rank correlation ρ: Pearson's correlation of the ranks, equal values sharing the mean of theirs.
 * @returns −1 to 1, or null where all values of a side are equal, or fewer than two, and so have no order
 * @throws RangeError unless both sides have as many values
 */
export function rankCorrelation(x: readonly number[], y: readonly number[]): number | null {
  checkLengths('rankCorrelation', x, y);
  return correlation(ranks(x), ranks(y));
}

/** Pearson's correlation of as many values on both sides, or null where all values of a side are equal. */
export function correlation(x: readonly number[], y: readonly number[]): number | null {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i] - meanX, y[i] - meanY];
    xx += a * a;
    xy += a * b;
    yy += b * b;
  }
  return ratio(xy, Math.sqrt(xx * yy));
}

/** Rank of each value from 0, the mean rank for equal ones. */
export function ranks(values: readonly number[]): number[] {
  const rising = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranked = new Array<number>(values.length);
  for (let first = 0, next = 0; first < rising.length; first = next) {
    while (next < rising.length && values[rising[next]] === values[rising[first]]) next++;
    for (let i = first; i < next; i++) ranked[rising[i]] = (first + next - 1) / 2;
  }
  return ranked;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** A correlation that rounding does not carry beyond ±1. */
const ratio = (shared: number, scale: number): number | null =>
  scale > 0 ? Math.max(-1, Math.min(1, shared / scale)) : null;

/** @throws RangeError unless both sides have as many values */
export function checkLengths(name: string, x: readonly number[], y: readonly number[]): void {
  if (x.length !== y.length)
    throw new RangeError(`${name}: ${x.length} values beside ${y.length}, expected as many`);
}
