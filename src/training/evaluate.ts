import { noGrad } from '../autograd/tape';
import { type DeviceSet, disposeOrder } from '../data/device-set';
import { givenOrder } from '../data/epoch-order';
import { aPart, hasTargets, type TargetSplit } from '../data/targets';
import { switchMode } from '../nn/mode';
import { aModule, type Module } from '../nn/module';
import type { Split } from '../tasks/task';
import { aFunction, aNumber, checkAll, options as fields, oneOf, optional } from '../tensor/guard';
import { answersOf, type Loss } from './answers';
import { deviceSet, someMetrics } from './guard';
import { type Measured, MetricSums, type Metrics } from './metrics';
import { type LossMeasure, type Measure, RunningStats } from './stats';
import { countSteps, gpuOf } from './steps';

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /**
   * 'training': batch norm normalises each batch by its own statistics, and its running statistics follow them, although
   * nothing is learnt; dropout drops. Default 'evaluation', which changes nothing.
   */
  readonly mode?: 'evaluation' | 'training';
  /** Default: the cross-entropy of logits [N, classes]. */
  readonly loss?: Loss;
  /** What else is measured; default: nothing. */
  readonly metrics?: Metrics;
}

/** As `EvaluateOptions`, for targets. */
export interface TargetEvaluateOptions extends EvaluateOptions {
  /** The mean over the samples of a batch. */
  readonly loss: Loss;
}

const evaluateOptions = fields({
  mode: optional(oneOf('evaluation', 'training')),
  loss: optional(aFunction),
  metrics: optional(someMetrics),
});

/**
 * Mean loss and accuracy of a network over a split, in evaluation mode unless asked otherwise; each module's mode is
 * restored. Samples whose label is −100 count in neither. A split with targets in the place of labels has the mean of the
 * `loss` given, and no accuracy.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(1, 2), targets: Float32Array.of(2, 5), shape: [1] });
 * const samples = new data.DeviceSamples(gpu, set);
 * const net = new nn.Linear(gpu, 1, 1);
 * net.loadStateDict(new Map([['weight', gpu.full([1, 1], 2)], ['bias', gpu.zeros([1])]]));
 * const measure = await training.evaluate(net, samples, data.whole(set), 2, {
 *   loss: (outputs, targets) => ops.mean(ops.pow(ops.sub(outputs, targets), 2)),
 *   metrics: { error: (outputs, targets) => ops.abs(ops.sub(outputs, targets)) },
 * });
 * measure; // → { loss: 0.5, metrics: { error: 0.5 } }
 * ```
 * @throws StrayLabelError on another label that is not among the network's outputs; TrainingError on an empty split, a
 *   batch size below 1, targets without a loss, or a metric that is not finite; ShapeError on a loss that is not one
 *   number, or a metric that is neither that nor one a sample
 */
export function evaluate(
  net: Module,
  images: DeviceSet,
  split: Split,
  batchSize: number,
  options?: EvaluateOptions,
): Promise<Measured<Measure>>;
export function evaluate(
  net: Module,
  images: DeviceSet,
  split: TargetSplit,
  batchSize: number,
  options: TargetEvaluateOptions,
): Promise<Measured<LossMeasure>>;
export async function evaluate(
  net: Module,
  images: DeviceSet,
  split: Split | TargetSplit,
  batchSize: number,
  options: EvaluateOptions = {},
): Promise<Measured<LossMeasure>> {
  checkAll('evaluate', {
    net: [net, aModule],
    images: [images, deviceSet],
    split: [split, aPart],
    batchSize: [batchSize, aNumber],
    options: [options, evaluateOptions],
  });
  const measured = await measure('evaluate', net, images, split, { ...options, batchSize });
  const { accuracy, ...withoutAccuracy } = measured;
  return hasTargets(split) ? withoutAccuracy : measured;
}

export interface MeasureOptions extends EvaluateOptions {
  readonly batchSize: number;
}

/**
 * As `evaluate`, with an accuracy of 0 for targets.
 * @param what is measured, for messages
 */
export async function measure(
  what: string,
  net: Module,
  images: DeviceSet,
  split: Split | TargetSplit,
  options: MeasureOptions,
): Promise<Measured<Measure>> {
  const { mode, batchSize, loss: lossOf, metrics = {} } = options;
  const isTraining = mode === 'training';
  const gpu = gpuOf(net);
  const steps = countSteps(what, split, { batchSize });
  const answers = answersOf(what, gpu, split, lossOf);
  const order = givenOrder(images, answers.split);
  const stats = new RunningStats(gpu);
  const sums = new MetricSums(gpu, what, metrics);
  const restore = switchMode(net, isTraining);
  try {
    for (let step = 0; step < steps; step++) {
      if (isTraining) net.seek(step);
      noGrad(() =>
        gpu.scope(() => {
          const start = step * batchSize;
          const { inputs, labels } = images.batch(order, start, Math.min(batchSize, order.count - start));
          const outputs = net.forward(inputs);
          const expected = answers.expected(labels);
          answers.count(stats, { outputs, labels, loss: answers.loss(outputs, expected) }, step);
          sums.add(outputs, expected, labels);
        }),
      );
      await gpu.pace();
    }
    const { loss, accuracy, samples } = await stats.read();
    const figures = Object.keys(metrics).length > 0 && { metrics: await sums.means(samples) };
    return { loss, accuracy, ...figures };
  } finally {
    restore();
    disposeOrder(order);
    stats.dispose();
    sums.dispose();
    answers.dispose();
  }
}
