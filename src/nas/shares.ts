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

/** Above this share of ln K, α has said nothing. */
const UNDECIDED = 0.95;

/**
 * Whether α prefers none of K: its entropy is within 5 % of ln K, where it began. Of K = 3, the largest share is then
 * below one half.
 */
export const isUndecided = (entropy: number, count: number): boolean =>
  count > 1 && entropy > UNDECIDED * Math.log(count);

/** Says in a search's log that α has not decided, if so; `what` names the moment, as in 'round 2 of 3'. */
export function logUndecided(
  log: ((event: Readonly<Record<string, unknown>>) => void) | undefined,
  { method, what, entropy, count }: { method: string; what: string; entropy: number; count: number },
): void {
  if (!isUndecided(entropy, count)) return;
  const [is, most] = [entropy, Math.log(count)].map((nats) => nats.toFixed(3));
  const warning = `${what}: α has not decided, its entropy is ${is} of ln ${count} = ${most}; give it more epochs or a higher learning rate`;
  log?.({ event: 'warning', method, warning });
}
