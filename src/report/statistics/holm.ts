/**
 * p-values of several tests made together, raised so that the chance of even one false alarm stays below the level:
 * the smallest is multiplied by the number of tests, the next by one less, and none comes out below one before it
 * (Holm 1979).
 */
export function holm(values: readonly number[]): number[] {
  const rising = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const raised = [...values];
  let least = 0;
  for (const [before, i] of rising.entries()) {
    least = Math.min(1, Math.max(least, values[i] * (values.length - before)));
    raised[i] = least;
  }
  return raised;
}
