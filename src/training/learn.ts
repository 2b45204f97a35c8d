import type { Varying } from '../../runtime/varying';
import { backward } from '../autograd/backward';
import type { Batch } from '../data/batch';
import { crossEntropy } from '../ops/cross-entropy';
import type { Optimizer } from '../optim/optimizer';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import type { RunningStats } from './stats';

export interface Lesson {
  /** Inputs → logits [N, classes]. */
  readonly forward: (inputs: Tensor) => Tensor;
  /** Where loss and accuracy go, as those of step `number`. */
  readonly stats: RunningStats;
  readonly number: Varying;
}

/** Adds gradients of the mean cross-entropy of a batch to the parameters. To be called inside of gpu.scope. */
export function addGradients({ inputs, labels }: Batch, { forward, stats, number }: Lesson): void {
  const logits = forward(inputs);
  const loss = crossEntropy(logits, labels);
  backward(loss);
  stats.add(loss, logits, labels, number);
}

/** A training step on the mean cross-entropy of a batch; the optimiser's gradients are freed. */
export function learn(gpu: Gpu, optimizer: Optimizer, batch: () => Batch, lesson: Lesson): void {
  gpu.scope(() => addGradients(batch(), lesson));
  optimizer.step(); // after the scope: nobody needs what it would have computed before the weights change
  optimizer.zeroGrad();
}
