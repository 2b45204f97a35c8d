import type { Varying } from '../../runtime/varying';
import { backward } from '../autograd/backward';
import type { Batch } from '../data/batch';
import { mul } from '../ops/arithmetic';
import { slice } from '../ops/reshape';
import type { Optimizer } from '../optim/optimizer';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { type Answers, BY_CLASS } from './answers';
import type { RunningStats } from './stats';

export interface Lesson {
  /** Inputs → logits [N, classes], or what else the answers are of. */
  readonly forward: (inputs: Tensor) => Tensor;
  /** What outputs are held against; default: the labels, by cross-entropy. */
  readonly answers?: Answers;
  /** Where loss and accuracy go, as those of step `number`. */
  readonly stats: RunningStats;
  readonly number: Varying;
  /** Into how many parts the batch is cut, their gradients added up; default 1. Labels of −100 go with 1 only. */
  readonly parts?: number;
}

/** Adds gradients of the mean loss of a batch to the parameters. To be called inside of gpu.scope. */
export function addGradients({ inputs, labels }: Batch, lesson: Lesson): void {
  const { parts = 1 } = lesson;
  const [rows] = labels.shape;
  if (parts === 1) {
    addPart({ inputs, labels }, lesson, 1);
    return;
  }
  const size = Math.ceil(rows / parts);
  for (let start = 0; start < rows; start += size) {
    const end = Math.min(start + size, rows);
    // What a part has made is freed before the next: that is what parts are for.
    inputs.gpu.scope(() =>
      addPart(
        { inputs: slice(inputs, 0, start, end), labels: slice(labels, 0, start, end) },
        lesson,
        (end - start) / rows,
      ),
    );
  }
}

/** @param share of the batch */
function addPart({ inputs, labels }: Batch, lesson: Lesson, share: number): void {
  const { forward, answers = BY_CLASS, stats, number } = lesson;
  const outputs = forward(inputs);
  const loss = answers.loss(outputs, answers.expected(labels));
  backward(share === 1 ? loss : mul(loss, share));
  answers.count(stats, { outputs, labels, loss }, number);
}

/** A training step on the mean loss of a batch; the optimiser's gradients are freed. */
export function learn(gpu: Gpu, optimizer: Optimizer, batch: () => Batch, lesson: Lesson): void {
  gpu.scope(() => addGradients(batch(), lesson));
  optimizer.step(); // after the scope: nobody needs what it would have computed before the weights change
  optimizer.zeroGrad();
}
