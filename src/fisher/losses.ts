import { mul } from '../ops/arithmetic';
import { crossEntropy } from '../ops/cross-entropy';
import { sum } from '../ops/reduction';
import { reshape } from '../ops/reshape';
import type { Tensor } from '../tensor/tensor';
import { countedLabels } from '../training/labels';

/** What the loss of a sequence is of its tokens' cross-entropies. */
export const TOKEN_LOSSES = ['sum', 'mean'] as const;
/** What a sequence's loss is made of its tokens' losses. */
export type TokenLoss = (typeof TOKEN_LOSSES)[number];

/** Losses on the tape, row n of sample n, and the weight of each in its sample's loss. */
interface SampleLosses {
  readonly losses: Tensor;
  readonly weights: Tensor;
}

/** The cross-entropies of logits [N, C] and labels [N], or [N, T, C] and [N, T], whose samples are sequences of T tokens. */
export function sampleLosses(logits: Tensor, labels: Tensor, tokens: TokenLoss): SampleLosses {
  const classes = logits.shape[logits.shape.length - 1];
  if (logits.shape.length === 2) {
    const losses = crossEntropy(logits, labels, { reduction: 'none' });
    return { losses, weights: losses.gpu.ones(losses.shape) };
  }
  const rows = reshape(logits, [labels.size, classes]);
  const flat = crossEntropy(rows, labels.alias([labels.size]), { reduction: 'none' });
  return { losses: reshape(flat, labels.shape), weights: tokenWeights(labels, tokens) };
}

/** What each token counts in its sequence's loss, [N, T]: nothing where its label is −100. */
export function tokenWeights(labels: Tensor, tokens: TokenLoss): Tensor {
  const { kernels: k } = labels.gpu;
  const counted = countedLabels(labels);
  if (tokens === 'sum') return counted;
  const count = k.reduce('sum', counted, [1], true);
  return k.elementwise('counted / max(count, 1.0)', { counted, count });
}

/** The mean of the samples' losses over those that count; `samples` of them are 1, the others 0. */
export function meanLoss(logits: Tensor, labels: Tensor, tokens: TokenLoss, samples: Tensor): Tensor {
  if (logits.shape.length === 2) return crossEntropy(logits, labels);
  const { losses, weights } = sampleLosses(logits, labels, tokens);
  const { kernels: k } = losses.gpu;
  const total = k.reduce('sum', samples, [0]);
  return sum(mul(losses, k.elementwise('weights / max(total, 1.0)', { weights, total })));
}
