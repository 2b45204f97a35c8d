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
  readonly weight?: Ref;
  readonly labelSmoothing?: number;
}

/**
 * −Σ_c w[c] q[c] log softmax(logits)[c] along axis 1 (of a vector axis 0), q being 1 at the label or what is given, then
 * (1 − s) q + s / C; 0 where the label is ignored. Labels have the shape of the logits without the classes.
 */
export function crossEntropy(
  logits: Ref,
  labels: Ref,
  { reduction = 'mean', ignoreIndex = -100, weight, labelSmoothing = 0 }: CrossEntropyOptions = {},
): Ref {
  const axis = Math.min(1, logits.shape.length - 1);
  const classes = logits.shape[axis];
  const isSoft = labels.shape.length === logits.shape.length;
  const logProbabilities = logSoftmax(logits, axis);
  const weightOf = (c: number) => weight?.data[c] ?? 1;
  const shape = logits.shape.toSpliced(axis, 1);
  const isCounted = (index: number[]) => isSoft || at(labels, index) !== ignoreIndex;
  const losses = build(shape, (index) => {
    if (!isCounted(index)) return 0;
    return Array.from({ length: classes }, (_, c) => {
      const place = index.toSpliced(axis, 0, c);
      const given = isSoft ? at(labels, place) : Number(at(labels, index) === c);
      const share = (1 - labelSmoothing) * given + labelSmoothing / classes;
      return -weightOf(c) * share * at(logProbabilities, place);
    }).reduce((a, b) => a + b);
  });
  if (reduction === 'none') return losses;
  const total = sum(losses);
  if (reduction === 'sum') return total;
  const masses = build(shape, (index) => {
    if (isSoft) return 1;
    return isCounted(index) ? weightOf(at(labels, index)) : 0;
  });
  return map(total, (value) => value / sum(masses).data[0]);
}
