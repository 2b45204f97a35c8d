import { exp, sub } from './elementwise';
import { logSumExp, mean, sum } from './reduce';
import { at, build, type Ref } from './ref';

export type Reduction = 'mean' | 'sum' | 'none';

/** x − log Σ exp(x) along an axis. */
export const logSoftmax = (x: Ref, axis = -1): Ref => sub(x, logSumExp(x, axis, true));

export const softmax = (x: Ref, axis = -1): Ref => exp(logSoftmax(x, axis));

/** −log softmax(logits) at the label; logits [N, C], labels [N]; result [N] for 'none', else []. */
export function crossEntropy(logits: Ref, labels: Ref, reduction: Reduction = 'mean'): Ref {
  const logProbabilities = logSoftmax(logits, 1);
  const losses = build(labels.shape, ([n]) => -at(logProbabilities, [n, labels.data[n]]));
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : mean(losses);
}
