/**
 * Spearman's rank correlation ρ: Pearson's correlation of the ranks, equal values sharing the mean of theirs.
 * @returns −1 to 1, or null where all values of a side are equal, or fewer than two, and so have no order
 * @throws RangeError unless both sides have as many values
 */
export function rankCorrelation(x: readonly number[], y: readonly number[]): number | null {
  if (x.length !== y.length) {
    throw new RangeError(`rankCorrelation: ${x.length} values beside ${y.length}, expected as many`);
  }
  const [a, b] = [centred(ranks(x)), centred(ranks(y))];
  const scale = Math.sqrt(dot(a, a) * dot(b, b));
  return scale > 0 ? Math.max(-1, Math.min(1, dot(a, b) / scale)) : null;
}

/** Rank of each value from 0, the mean rank for equal ones. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal - 1) / 2;
  });
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);
