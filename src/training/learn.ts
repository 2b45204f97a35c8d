import type { Varying } from '../../runtime/varying';
import { backward } from '../autograd/backward';
import { crossEntropy } from '../ops/cross-entropy';
import type { Optimizer } from '../optim/optimizer';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import type { BatchFeed } from './batch-feed';
import type { RunningStats } from './stats';

export interface Learning {
  /** Images [N, C, H, W] → logits [N, classes]. */
  readonly forward: (images: Tensor) => Tensor;
  /** Moves its parameters, and frees their gradients. */
  readonly optimizer: Optimizer;
  /** Where loss and accuracy go, as those of step `number`. */
  readonly stats: RunningStats;
  readonly number: Varying;
}

/** A training step on the mean cross-entropy of the feed's batch. */
export function learn(gpu: Gpu, feed: BatchFeed, { forward, optimizer, stats, number }: Learning): void {
  gpu.scope(() => {
    const { inputs, labels } = feed.batch();
    const logits = forward(inputs);
    const loss = crossEntropy(logits, labels);
    backward(loss);
    stats.add(loss, logits, labels, number);
  });
  optimizer.step(); // after the scope: nobody needs what it would have computed before the weights change
  optimizer.zeroGrad();
}
