import { noGrad } from '../autograd/tape';
import { type DeviceImages, disposeOrder } from '../data/device-set';
import { switchMode } from '../nn/mode';
import type { Module } from '../nn/module';
import { crossEntropy } from '../ops/cross-entropy';
import type { Optimizer } from '../optim/optimizer';
import type { Split } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import {
  aCount,
  aFunction,
  aNumber,
  anObject,
  aText,
  checkAll,
  options as fields,
  oneOf,
  optional,
} from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { type Augmentation, augmented } from './augment';
import { BatchFeed, FeedSteps } from './batch-feed';
import { InterruptedError, NanLossError, TrainingError } from './errors';
import { allFinite } from './finite';
import { aModule, anOptimizer, aSplit, deviceImages } from './guard';
import { checkedLogits, checkNotEmpty, makeFirstStep } from './labels';
import { addGradients, learn } from './learn';
import { checkSplit } from './parts';
import { EMPTY_STATS, type Measure, RunningStats } from './stats';

const fitOptions = fields({
  name: aText,
  epochs: aCount,
  batchSize: aNumber,
  seed: aNumber,
  augment: optional(anObject),
  schedule: optional(aFunction),
  parts: optional(aCount),
  save: optional(aFunction),
  onStep: optional(aFunction),
  onEpoch: optional(aFunction),
});

/** Steps between looks at the loss: a look waits for the GPU. */
const STEPS_PER_LOOK = 64;

/** Where a run stands, and what it has measured of the current epoch. Plain JSON. */
export interface Cursor {
  readonly epoch: number;
  /** Steps made of this epoch. */
  readonly step: number;
  readonly stats: readonly number[];
  readonly history: readonly Measure[];
}

export interface FitOptions {
  /** Names the run in errors, as in 'task 2, seed 0'. */
  readonly name: string;
  readonly epochs: number;
  readonly batchSize: number;
  /** Orders the images, and draws what `augment` does to them. */
  readonly seed: number;
  /** Moves and mirrors the images of every step; left out, they stay as they are. */
  readonly augment?: Augmentation;
  /** Learning rate of an epoch; default: the optimiser's. */
  readonly schedule?: (epoch: number) => number;
  /**
   * Whether the GPU repeats the steps by itself once JavaScript has run the first ones, where that is possible (see
   * `gpu.capture`); default true. Set it to false for a network that does not call the same ops in every step.
   */
  readonly capture?: boolean;
  /**
   * Into how many parts every batch is cut; default 1. Gradients of the parts are added up: the same steps to rounding, in
   * less memory. Networks with batch norm or dropout, and labels of −100, cannot.
   */
  readonly parts?: number;
  /** Goes on from here instead of the beginning. */
  readonly cursor?: Cursor;
  /** Stops after the current step. */
  readonly signal?: AbortSignal;
  /** Writes a checkpoint; called after every epoch and when interrupted, never with a NaN loss or weight. */
  readonly save?: (cursor: Cursor) => Promise<void>;
  readonly onStep?: (progress: { epoch: number; step: number; steps: number; measure?: Measure }) => void;
  readonly onEpoch?: (epoch: number, measure: Measure) => void;
}

/**
 * Trains a network in place on the mean cross-entropy of shuffled batches, and leaves it in training mode. A run may go
 * on from a cursor, with the network's and the optimiser's state of that moment. It ends as if it had never stopped.
 * Images whose label is −100 are shown to the network and count in nothing, as `ops.crossEntropy` has it.
 * @returns mean training loss and accuracy of each epoch
 * @throws StrayLabelError on another label that is not among the network's outputs, with the network as it was;
 *   NanLossError, InterruptedError (after saving); TrainingError on an empty split, a batch size below 1, a cursor of
 *   another run, or a network that cannot learn in `parts`
 */
export async function fit(
  net: Module,
  optimizer: Optimizer,
  images: DeviceImages,
  split: Split,
  options: FitOptions,
): Promise<Measure[]> {
  checkAll('fit', {
    net: [net, aModule],
    optimizer: [optimizer, anOptimizer],
    images: [images, deviceImages],
    split: [split, aSplit],
    options: [options, fitOptions],
  });
  const { name, epochs, batchSize, seed, augment, schedule, cursor, signal, save, onStep, onEpoch } = options;
  const { parts = 1 } = options;
  if (parts > 1) checkSplit(name, net, split);
  const gpu = gpuOf(net);
  const steps = countSteps(name, split, batchSize);
  if (cursor && cursor.epoch < epochs && cursor.step >= steps) {
    throw new TrainingError(
      `${name}: the state is from after step ${cursor.step} of an epoch, which has ${steps}; it is of another run`,
    );
  }
  const history = [...(cursor?.history ?? [])];
  const start = Math.min(cursor?.epoch ?? 0, epochs);
  const feed = new BatchFeed(images, split, options);
  const stats = new RunningStats(gpu, cursor?.stats);
  const checkpoint = async (cursor: Omit<Cursor, 'history'>, madeLast: { epoch: number; step: number }) => {
    const finite = await allFinite(net.stateDict().values());
    if (!finite) throw new NanLossError(name, madeLast.epoch, madeLast.step, 'a weight');
    await save?.({ ...cursor, history: [...history] });
  };
  const checked = checkedLogits(name, split);
  const work = () => {
    const step = gpu.varying(() => feed.step);
    const batch = () => {
      const { inputs, labels } = feed.batch();
      return { inputs: augment ? augmented(inputs, augment, { seed, step }) : inputs, labels };
    };
    const number = gpu.varying(() => feed.step % steps);
    learn(gpu, optimizer, batch, { forward: (images) => checked(net.forward(images)), stats, number, parts });
  };
  const training = new FeedSteps(gpu, [feed], work, options.capture);
  let isFirst = true;
  const restore = switchMode(net, true);
  try {
    optimizer.zeroGrad();
    for (let epoch = start; epoch < epochs; epoch++) {
      if (schedule) optimizer.lr = schedule(epoch);
      let done = epoch === cursor?.epoch ? cursor.step : 0;
      while (done < steps) {
        const step = epoch * steps + done;
        net.seek(step);
        if (isFirst) makeFirstStep(net, () => training.make(step));
        else training.make(step);
        isFirst = false;
        await gpu.pace();
        done += 1;
        const last = done === steps;
        const look = last || signal?.aborted || done % STEPS_PER_LOOK === 0 ? await stats.read() : undefined;
        if (look?.badStep !== undefined) throw new NanLossError(name, epoch, look.badStep);
        onStep?.({ epoch, step: done, steps, measure: look });
        if (look && signal?.aborted && !last) {
          await checkpoint({ epoch, step: done, stats: look.state }, { epoch, step: done - 1 });
          throw new InterruptedError();
        }
        if (look && last) history.push({ loss: look.loss, accuracy: look.accuracy });
      }
      stats.reset();
      await checkpoint({ epoch: epoch + 1, step: 0, stats: EMPTY_STATS }, { epoch, step: steps - 1 });
      onEpoch?.(epoch, history[history.length - 1]);
      if (signal?.aborted && epoch + 1 < epochs) throw new InterruptedError();
    }
    return history;
  } finally {
    restore();
    training.dispose();
    feed.dispose();
    stats.dispose();
  }
}

export interface EvaluateOptions {
  /**
   * 'training': batch norm normalises each batch by its own statistics, and its running statistics follow them, although
   * nothing is learnt; dropout drops. Default 'evaluation', which changes nothing.
   */
  readonly mode?: 'evaluation' | 'training';
}

/**
 * Mean loss and accuracy of a network over a split, in evaluation mode unless asked otherwise; each module's mode is
 * restored. Images whose label is −100 count in neither.
 * @throws StrayLabelError on another label that is not among the network's outputs; TrainingError on an empty split, or a
 *   batch size below 1
 */
export async function evaluate(
  net: Module,
  images: DeviceImages,
  split: Split,
  batchSize: number,
  options: EvaluateOptions = {},
): Promise<Measure> {
  checkAll('evaluate', {
    net: [net, aModule],
    images: [images, deviceImages],
    split: [split, aSplit],
    batchSize: [batchSize, aNumber],
    options: [options, fields({ mode: optional(oneOf('evaluation', 'training')) })],
  });
  const isTraining = options.mode === 'training';
  const gpu = gpuOf(net);
  const steps = countSteps('evaluate', split, batchSize);
  const checked = checkedLogits('evaluate', split);
  const order = images.order(Uint32Array.from(split.indices), Int32Array.from(split.labels));
  const stats = new RunningStats(gpu);
  const restore = switchMode(net, isTraining);
  try {
    for (let step = 0; step < steps; step++) {
      if (isTraining) net.seek(step);
      noGrad(() =>
        gpu.scope(() => {
          const start = step * batchSize;
          const { inputs, labels } = images.batch(order, start, Math.min(batchSize, order.count - start));
          const logits = checked(net.forward(inputs));
          stats.add(crossEntropy(logits, labels), logits, labels, step);
        }),
      );
      await gpu.pace();
    }
    const { loss, accuracy } = await stats.read();
    return { loss, accuracy };
  } finally {
    restore();
    disposeOrder(order);
    stats.dispose();
  }
}

/**
 * Compiles the pipelines of forward and backward passes on batches of a size. They compile in parallel, so that the first
 * step does not wait for one after the other. Weights, gradients, running statistics and modes stay as they are.
 */
export async function warmUp(
  net: Module,
  images: DeviceImages,
  batchSize: number,
  augment?: Augmentation,
  parts = 1,
): Promise<void> {
  checkAll('warmUp', {
    net: [net, aModule],
    images: [images, deviceImages],
    batchSize: [batchSize, aCount],
    augment: [augment, optional(anObject)],
  });
  const gpu = gpuOf(net);
  const order = images.order(new Uint32Array(batchSize), new Int32Array(batchSize));
  const stats = new RunningStats(gpu);
  const restore = switchMode(net, true);
  try {
    await gpu.warmUp(() => {
      const { inputs, labels } = images.batch(order, 0, batchSize);
      const moved = augment ? augmented(inputs, augment, { seed: 0, step: 0 }) : inputs;
      const forward = (inputs: Tensor) => net.forward(inputs);
      addGradients({ inputs: moved, labels }, { forward, stats, number: 0, parts });
    });
  } finally {
    restore();
    stats.dispose();
    disposeOrder(order);
  }
}

/** Number of batches in a split. @throws TrainingError */
function countSteps(name: string, split: Split, batchSize: number): number {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new TrainingError(`${name}: the batch size is ${batchSize}, expected a whole number of at least 1`);
  }
  checkNotEmpty(name, split);
  return Math.ceil(split.indices.length / batchSize);
}

/** The GPU that holds a network's parameters. */
export function gpuOf(net: Module): Gpu {
  for (const { gpu } of net.stateDict().values()) return gpu;
  throw new TrainingError('the network has no parameters or buffers');
}
