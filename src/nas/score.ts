import { noGrad } from '../autograd/tape';
import { add, mul, sub } from '../ops/arithmetic';
import { crossEntropy } from '../ops/cross-entropy';
import { rsqrt, square } from '../ops/powers';
import { mean } from '../ops/reduction';
import { reshape } from '../ops/reshape';
import { inSetOrder } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { BatchFeed } from '../training/batch-feed';
import { type Measure, RunningStats } from '../training/stats';
import { seedFor } from './seeds';
import type { SearchData, SearchSettings } from './settings';

/**
 * How every search judges a cell: loss and accuracy over the validation images, with batch norm in training mode, so
 * that each batch is normalised by its own statistics. Networks so young have running statistics that lag behind
 * their weights; by those, the loss orders cells no better than chance. `npm run scoring` measures that.
 */

/** What a network, or K of them, says of one validation batch; the caller's to dispose of. */
export interface Answer {
  /** [n, classes], of K networks [K, n · classes]. */
  readonly logits: Tensor;
  /** [n]. */
  readonly labels: Tensor;
}

/** Keeps logits that are all alike from being divided by 0. */
const SMALLEST = 1e-12;

/** Which validation batches, in which order. */
export type ScoreSettings = Pick<SearchSettings, 'batchSize' | 'alphaBatchSize' | 'alphaOrder' | 'seed'>;

/**
 * Validation batches in a random order, or that of the set, the same for all candidates that are compared by them.
 * @param number tells orders of one seed apart; default 0
 */
export const scoreFeed = (
  data: SearchData,
  { batchSize, alphaBatchSize = batchSize, alphaOrder, seed }: ScoreSettings,
  number = 0,
): BatchFeed =>
  alphaOrder === 'fixed'
    ? new BatchFeed(data.images, inSetOrder(data.validation), { batchSize: alphaBatchSize })
    : new BatchFeed(data.images, data.validation, {
        batchSize: alphaBatchSize,
        seed: seedFor(seed, 'order', 1 + number),
      });

/** The answer to the feed's batch, by a network that is in training mode. */
export const answerOf = (gpu: Gpu, feed: BatchFeed, forward: (images: Tensor) => Tensor): Answer =>
  gpu.scope(() =>
    noGrad(() => {
      const { inputs, labels } = feed.batch();
      return { logits: forward(inputs), labels };
    }),
  );

/**
 * Logits of K networks [K, n · classes] in one size: each row's are moved to mean 0 for every image, which no softmax sees,
 * and divided by their root mean square. What is left says which class, and how much surer of one image than of another.
 */
export const levelled = (logits: Tensor, images: number): Tensor =>
  logits.gpu.scope(() =>
    noGrad(() => {
      const [networks] = logits.shape;
      const rows = reshape(logits, [networks, images, -1]);
      const moved = reshape(sub(rows, mean(rows, 2, true)), [networks, -1]);
      return mul(moved, rsqrt(add(mean(square(moved), 1, true), SMALLEST)));
    }),
  );

/**
 * Loss and accuracy over the answers to all validation batches.
 * @param pick makes logits [n, classes] of an answer's; default: they are that
 */
export async function scoreOf(
  gpu: Gpu,
  answers: readonly Answer[],
  pick: (logits: Tensor) => Tensor = (logits) => logits,
): Promise<Measure> {
  const stats = new RunningStats(gpu);
  try {
    for (const [i, answer] of answers.entries()) {
      noGrad(() =>
        gpu.scope(() => {
          const logits = pick(answer.logits);
          stats.add(crossEntropy(logits, answer.labels), logits, answer.labels, i);
        }),
      );
    }
    const { loss, accuracy } = await stats.read();
    return { loss, accuracy };
  } finally {
    stats.dispose();
  }
}

/** The score of one network, which is in training mode. */
export async function scoreAlone(
  gpu: Gpu,
  data: SearchData,
  settings: ScoreSettings,
  forward: (images: Tensor) => Tensor,
): Promise<Measure> {
  const feed = scoreFeed(data, settings);
  const answers: Answer[] = [];
  try {
    for (let step = 0; step < feed.stepsPerEpoch; step++) {
      feed.seek(step);
      answers.push(answerOf(gpu, feed, forward));
      await gpu.pace();
    }
    return await scoreOf(gpu, answers);
  } finally {
    disposeAnswers(answers);
    feed.dispose();
  }
}

export function disposeAnswers(answers: readonly Answer[]): void {
  for (const { logits, labels } of answers) {
    logits.dispose();
    labels.dispose();
  }
}
