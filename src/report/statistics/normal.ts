/** Beyond this many standard deviations a double holds no more than 0 or 1. */
const FARTHEST = 38;
const HALVINGS = 70;
const MOST_TERMS = 300;

/** Φ(x), the share of a standard normal distribution below x. */
export function normalShare(x: number): number {
  const size = Math.abs(x);
  if (size > FARTHEST) return x > 0 ? 1 : 0;
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  // Near 0 the series x + x³/3 + x⁵/15 + …, beyond it the continued fraction of the tail, both times the density.
  if (size < 3) {
    let [term, sum] = [x, x];
    for (let odd = 3; Math.abs(term) > Number.EPSILON * Math.abs(sum) && odd < MOST_TERMS; odd += 2) {
      term *= (x * x) / odd;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let below = size;
  for (let k = 60; k >= 1; k--) below = size + k / below;
  return x > 0 ? 1 - density / below : density / below;
}

/** The x below which a share of a standard normal distribution lies. @param share above 0 and below 1 */
export function normalQuantile(share: number): number {
  if (!(share > 0 && share < 1))
    throw new RangeError(`normalQuantile: a share of ${share}, expected above 0 and below 1`);
  let [low, high] = [-FARTHEST, FARTHEST];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
