import { exp, sub } from './elementwise';
import { logSumExp, sum } from './reduce';
import { at, build, map, type Ref } from './ref';

export type Reduction = 'mean' | 'sum' | 'none';

/** x − log Σ exp(x) along an axis. */
export const logSoftmax = (x: Ref, axis = -1): Ref => sub(x, logSumExp(x, axis, true));

export const softmax = (x: Ref, axis = -1): Ref => exp(logSoftmax(x, axis));

/** What is set apart from the plain cross-entropy, as in src/ops/cross-entropy.ts. */
export interface CrossEntropyOptions {
  readonly reduction?: Reduction;
  readonly ignoreIndex?: number;
}

/** −log softmax(logits) at the label, 0 where it is ignored; logits [N, C], labels [N]; result [N] for 'none', else []. */
export function crossEntropy(
  logits: Ref,
  labels: Ref,
  { reduction = 'mean', ignoreIndex = -100 }: CrossEntropyOptions = {},
): Ref {
  const logProbabilities = logSoftmax(logits, 1);
  const isCounted = (n: number) => labels.data[n] !== ignoreIndex;
  const losses = build(labels.shape, ([n]) =>
    isCounted(n) ? -at(logProbabilities, [n, labels.data[n]]) : 0,
  );
  if (reduction === 'none') return losses;
  const total = sum(losses);
  if (reduction === 'sum') return total;
  return map(total, (value) => value / labels.data.filter((_, n) => isCounted(n)).length);
}
