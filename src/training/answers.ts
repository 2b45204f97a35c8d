import type { Varying } from '../../runtime/varying';
import { hasTargets, type TargetSplit, TargetTable } from '../data/targets';
import { crossEntropy } from '../ops/cross-entropy';
import type { Split } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import { formatShape, ShapeError } from '../tensor/shape';
import { Tensor } from '../tensor/tensor';
import { TrainingError } from './errors';
import { checkedLogits } from './labels';
import type { RunningStats } from './stats';

/**
 * What is to become small: one number, the mean over the samples.
 * @param outputs of the network, [N, …]
 * @param expected labels [N] i32, or targets [N, ...targetShape] f32
 */
export type Loss = (outputs: Tensor, expected: Tensor) => Tensor;

/** A batch after the forward pass. */
export interface Answered {
  readonly outputs: Tensor;
  /** [N] i32, as the batch has them. */
  readonly labels: Tensor;
  readonly loss: Tensor;
}

/** What outputs are held against. */
export interface Answers {
  /** What the samples of a batch should give, by the labels of the batch: these, or targets. */
  readonly expected: (labels: Tensor) => Tensor;
  readonly loss: Loss;
  /** Adds the batch of a step to the statistics. */
  readonly count: (stats: RunningStats, batch: Answered, step: Varying) => void;
}

/** Labels, by the cross-entropy of logits [N, classes]. */
export const BY_CLASS: Answers = {
  expected: (labels) => labels,
  loss: (logits, labels) => crossEntropy(logits, labels),
  count: (stats, { loss, outputs, labels }, step) => stats.add(loss, outputs, labels, step),
};

/** Answers of a split. */
export interface SplitAnswers extends Answers {
  /** The split as feeds take it. */
  readonly split: Split;
  readonly dispose: () => void;
}

/**
 * @param what names the run in errors
 * @param later labels that are to be met later, by what they are called in errors: checked with the first batch, too
 * @throws TrainingError on targets without a loss
 */
export function answersOf(
  what: string,
  gpu: Gpu,
  split: Split | TargetSplit,
  loss: Loss | undefined,
  later: readonly (readonly [what: string, split: Split])[] = [],
): SplitAnswers {
  const checked = loss && ((outputs: Tensor, expected: Tensor) => oneNumber(what, loss(outputs, expected)));
  if (hasTargets(split)) return targetAnswers(what, gpu, split, checked);
  const nothing = () => undefined;
  if (checked) {
    const lossOf: Loss = (outputs, labels) => checked(classOutputs(what, outputs, labels), labels);
    return { ...BY_CLASS, loss: lossOf, split, dispose: nothing };
  }
  const logitsOf = checkedLogits(new Map([[what, split], ...later]));
  const lossOf: Loss = (outputs, labels) => BY_CLASS.loss(logitsOf(outputs), labels);
  return { ...BY_CLASS, loss: lossOf, split, dispose: nothing };
}

function targetAnswers(what: string, gpu: Gpu, split: TargetSplit, loss: Loss | undefined): SplitAnswers {
  if (!loss) {
    throw new TrainingError(
      `${what}: the split has targets and no labels, for which there is no loss by itself; give one, such as loss: (outputs, targets) => ops.mean(ops.pow(ops.sub(outputs, targets), 2))`,
    );
  }
  const table = new TargetTable(gpu, what, split);
  return {
    split: table.rows,
    expected: (rows) => table.at(rows),
    loss,
    count: (stats, { loss, labels }, step) => stats.addLoss(loss, labels, step),
    dispose: () => table.dispose(),
  };
}

function oneNumber(what: string, loss: unknown): Tensor {
  if (loss instanceof Tensor && loss.size === 1 && loss.dtype === 'f32') return loss;
  throw new ShapeError(
    `${what}: the loss is ${loss instanceof Tensor ? loss : typeof loss}, expected one f32 number, the mean over the samples; end it in ops.mean`,
  );
}

/** @throws ShapeError on outputs that no class can be read from */
function classOutputs(what: string, outputs: Tensor, labels: Tensor): Tensor {
  const [rows, classes] = outputs.shape;
  if (outputs.shape.length === 2 && rows === labels.size && classes > 0) return outputs;
  throw new ShapeError(
    `${what}: the network gave ${formatShape(outputs.shape)} for ${labels.size} labels, expected [${labels.size}, classes]; for other outputs give targets in the place of labels`,
  );
}
