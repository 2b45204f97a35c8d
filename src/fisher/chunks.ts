/** Values that are laid out at a time. */
export const CHUNK_VALUES = 2 ** 22;
/** Terms that one product of matrices adds up: f32 sums of more lose digits that log-determinants show. */
export const TERMS = 2 ** 12;

/** Ranges from, inclusive, to, exclusive, of `step` things, or of one where that is less. */
export function* chunks(count: number, step: number): Generator<readonly [from: number, to: number]> {
  const whole = Math.max(1, Math.floor(step));
  for (let from = 0; from < count; from += whole) yield [from, Math.min(count, from + whole)];
}
