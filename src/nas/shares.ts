/** softmax(α): the shares of candidates, or of an edge's operations, in [0, 1]. */
export function sharesOf(alpha: readonly number[]): number[] {
  const top = Math.max(...alpha);
  const powers = alpha.map((value) => Math.exp(value - top));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Entropy of softmax(α) in nats: ln K at the beginning, 0 when one has it all. */
export function entropyOf(alpha: readonly number[]): number {
  return sharesOf(alpha).reduce((entropy, share) => entropy - (share > 0 ? share * Math.log(share) : 0), 0);
}
