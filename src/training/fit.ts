import type { DeviceSet } from '../data/device-set';
import { aPart, hasTargets, type TargetSplit } from '../data/targets';
import { switchMode } from '../nn/mode';
import { aModule, type Module } from '../nn/module';
import type { Optimizer } from '../optim/optimizer';
import type { Split } from '../tasks/task';
import { checkAll } from '../tensor/guard';
import { answersOf, type Loss } from './answers';
import { augmented } from './augment';
import { BatchFeed, FeedSteps } from './batch-feed';
import { InterruptedError, NanLossError, TrainingError } from './errors';
import { allFinite } from './finite';
import {
  type Cursor,
  type EpochMeasure,
  type FitOptions,
  fitOptions,
  type RunOptions,
  type TargetFitOptions,
} from './fit-options';
import { anOptimizer, deviceSet } from './guard';
import { makeFirstStep } from './labels';
import { learn } from './learn';
import { checkSplit } from './parts';
import { EMPTY_STATS, type LossMeasure, type Measure, RunningStats } from './stats';
import { countSteps, gpuOf } from './steps';
import { validationLabels, validatorOf } from './validation';

/** Steps between looks at the loss: a look waits for the GPU. */
const STEPS_PER_LOOK = 64;

/**
 * Trains a network in place on the mean cross-entropy of shuffled batches, or on another `loss`, and leaves it in training
 * mode. A run may go on from a cursor, with the network's and the optimiser's state of that moment. It ends as if it had
 * never stopped. Samples whose label is −100 are shown to the network and count in nothing, as `ops.crossEntropy` has it.
 * A split with targets in the place of labels needs a `loss` of outputs and targets, and has no accuracy.
 *
 * `validation` measures other samples after each epoch, may end the training where they no longer improve, and may give
 * the network the weights of its best epoch in the end. What it measured is in the result.
 * @example
 * ```ts
 * const inputs = Float32Array.from({ length: 80 }, (_, i) => Math.sin(i) + (i % 2));
 * const set = data.fromArrays({ inputs, labels: Int32Array.from(inputs, (_, i) => i % 2), shape: [1] });
 * const [train, validation] = data.split(set, [0.8, 0.2], { seed: 1 });
 * const samples = new data.DeviceSamples(gpu, set);
 * const net = new nn.Linear(gpu, 1, 2);
 * const history = await training.fit(net, new optim.Adam(net.parameters(), { lr: 0.1 }), samples, train, {
 *   name: 'sines',
 *   epochs: 3,
 *   batchSize: 16,
 *   seed: 1,
 *   validation: { split: validation, patience: 2, keepBest: true },
 * });
 * history[0].validation; // { loss: …, accuracy: … }
 * ```
 * @returns mean training loss and accuracy of each epoch, in training mode
 * @throws StrayLabelError on another label that is not among the network's outputs, with the network as it was;
 *   NanLossError, InterruptedError (after saving); TrainingError on an empty split, a batch size below 1, a cursor of
 *   another run, targets without a loss, a network that cannot learn in `parts`, or a metric that is not finite;
 *   ShapeError on a loss that is not one number
 */
export function fit(
  net: Module,
  optimizer: Optimizer,
  images: DeviceSet,
  split: Split,
  options: FitOptions,
): Promise<EpochMeasure[]>;
export function fit(
  net: Module,
  optimizer: Optimizer,
  images: DeviceSet,
  split: TargetSplit,
  options: TargetFitOptions,
): Promise<EpochMeasure<LossMeasure>[]>;
export async function fit(
  net: Module,
  optimizer: Optimizer,
  images: DeviceSet,
  split: Split | TargetSplit,
  options: FitOptions | TargetFitOptions,
): Promise<EpochMeasure<LossMeasure>[]> {
  checkAll('fit', {
    net: [net, aModule],
    optimizer: [optimizer, anOptimizer],
    images: [images, deviceSet],
    split: [split, aPart],
    options: [options, fitOptions],
  });
  const work = { net, optimizer, images, split, loss: options.loss };
  // Which options come with which split, the signatures say.
  return hasTargets(split)
    ? run<LossMeasure>({ ...work, tell: ({ loss }) => ({ loss }) }, options as TargetFitOptions)
    : run<Measure>({ ...work, tell: ({ loss, accuracy }) => ({ loss, accuracy }) }, options as FitOptions);
}

/** Who learns what. */
interface Work<M extends LossMeasure> {
  readonly net: Module;
  readonly optimizer: Optimizer;
  readonly images: DeviceSet;
  readonly split: Split | TargetSplit;
  readonly loss: Loss | undefined;
  /** What is told of a measure. */
  readonly tell: (measure: Measure) => M;
}

async function run<M extends LossMeasure>(
  work: Work<M>,
  options: RunOptions<M, Split | TargetSplit>,
): Promise<EpochMeasure<M>[]> {
  const { net, optimizer, images, tell } = work;
  const { name, epochs, seed, augment, schedule, cursor, signal, save, onStep, onEpoch } = options;
  const { parts = 1, saveEvery = Number.POSITIVE_INFINITY } = options;
  if (parts > 1) checkSplit(name, net, work.split);
  const gpu = gpuOf(net);
  const steps = countSteps(name, work.split, options);
  if (cursor && cursor.epoch < epochs && cursor.step >= steps) {
    throw new TrainingError(
      `${name}: the state is from after step ${cursor.step} of an epoch, which has ${steps}; it is of another run`,
    );
  }
  const history = [...(cursor?.history ?? [])];
  const start = Math.min(cursor?.epoch ?? 0, epochs);
  const validator = validatorOf(work, options);
  const answers = answersOf(name, gpu, work.split, work.loss, validationLabels(options));
  const feed = new BatchFeed(images, answers.split, options);
  const stats = new RunningStats(gpu, cursor?.stats);
  const checkFinite = async (epoch: number, step: number) => {
    if (await allFinite(net.stateDict().values())) return;
    throw new NanLossError(name, epoch, step, 'a weight');
  };
  let savedAt = performance.now();
  const checkpoint = async (at: Omit<Cursor, 'history'>) => {
    await save?.({ ...at, history: [...history] }, validator?.bestState);
    savedAt = performance.now();
  };
  const isSaveDue = () => performance.now() - savedAt >= 1000 * saveEvery;
  const step = () => {
    const step = gpu.varying(() => feed.step);
    const batch = () => {
      const { inputs, labels } = feed.batch();
      return { inputs: augment ? augmented(inputs, augment, { seed, step }) : inputs, labels };
    };
    const number = gpu.varying(() => feed.step % steps);
    learn(gpu, optimizer, batch, { forward: (inputs) => net.forward(inputs), answers, stats, number, parts });
  };
  const training = new FeedSteps(gpu, [feed], step, options.capture);
  let isFirst = true;
  /** The steps of an epoch after those that were made before. */
  const makeEpoch = async (epoch: number, made: number): Promise<M> => {
    for (let done = made + 1; ; done++) {
      const at = epoch * steps + done - 1;
      net.seek(at);
      if (isFirst) makeFirstStep(net, () => training.make(at));
      else training.make(at);
      isFirst = false;
      await gpu.pace();
      const last = done === steps;
      const isSaved = !last && (signal?.aborted || isSaveDue());
      const look = last || isSaved || done % STEPS_PER_LOOK === 0 ? await stats.read() : undefined;
      if (look?.badStep !== undefined) throw new NanLossError(name, epoch, look.badStep);
      const measure = look && tell(look);
      onStep?.({ epoch, step: done, steps, measure });
      if (measure && last) return measure;
      if (!look || !isSaved) continue;
      await checkFinite(epoch, done - 1);
      await checkpoint({ epoch, step: done, stats: look.state });
      if (signal?.aborted) throw new InterruptedError();
    }
  };
  const restore = switchMode(net, true);
  try {
    optimizer.zeroGrad();
    for (let epoch = start; epoch < epochs && !validator?.isOver(history); epoch++) {
      if (schedule) optimizer.lr = schedule(epoch);
      const measure = await makeEpoch(epoch, epoch === cursor?.epoch ? cursor.step : 0);
      stats.reset();
      await checkFinite(epoch, steps - 1);
      const validation = validator && { validation: await validator.measure(epoch, steps - 1) };
      history.push({ ...measure, ...validation });
      validator?.note(history);
      await checkpoint({ epoch: epoch + 1, step: 0, stats: EMPTY_STATS });
      await onEpoch?.(epoch, history[history.length - 1]);
      const goesOn = epoch + 1 < epochs && !validator?.isOver(history);
      if (signal?.aborted && goesOn) throw new InterruptedError();
    }
    validator?.finish();
    return history;
  } finally {
    restore();
    training.dispose();
    feed.dispose();
    stats.dispose();
    validator?.dispose();
    answers.dispose();
  }
}
