/**
 * The value below which a share of the values lies, between two of them in a straight line (type 7 of Hyndman and Fan
 * 1996, as NumPy does it).
 * @param share 0 to 1
 * @throws RangeError on no values, or on another share
 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('quantile: no values, expected at least one');
  if (!(share >= 0 && share <= 1)) throw new RangeError(`quantile: a share of ${share}, expected 0 to 1`);
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (place % 1) * (above - below);
}
