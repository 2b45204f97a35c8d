import { backward } from '../autograd/backward';
import { noGrad } from '../autograd/tape';
import { type DeviceImages, disposeOrder, type Order } from '../data/device-set';
import type { Module } from '../nn/module';
import { crossEntropy } from '../ops/cross-entropy';
import type { Optimizer } from '../optim/optimizer';
import type { Split } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import { Random } from '../tensor/random';
import type { Tensor } from '../tensor/tensor';
import { type Augmentation, augmented } from './augment';
import { InterruptedError, NanLossError, TrainingError } from './errors';
import { allFinite } from './finite';
import { EMPTY_STATS, type Measure, RunningStats } from './stats';

/** Stream of the seed that orders the images of epoch 0; later epochs follow. */
const ORDER_STREAM = 0x6f726400;
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
  /** Goes on from here instead of the beginning. */
  readonly cursor?: Cursor;
  /** Stops after the current step. */
  readonly signal?: AbortSignal;
  /** Writes a checkpoint; called after every epoch and when interrupted, never with a NaN loss or weight. */
  readonly save?: (cursor: Cursor) => Promise<void>;
  readonly onStep?: (progress: { epoch: number; step: number; steps: number; measure?: Measure }) => void;
  readonly onEpoch?: (epoch: number, measure: Measure) => void;
}

/** The order of a split's images in an epoch: the same for a seed, whenever it is asked for. */
export function epochOrder(images: DeviceImages, split: Split, seed: number, epoch: number): Order {
  const permutation = new Random(seed, ORDER_STREAM + epoch).permutation(split.indices.length);
  const indices = Uint32Array.from(permutation, (i) => split.indices[i]);
  const labels = Int32Array.from(permutation, (i) => split.labels[i]);
  return images.order(indices, labels);
}

/**
 * Trains a network in place on the mean cross-entropy of shuffled batches, and leaves it in training mode. A run that
 * goes on from a cursor, with the network's and the optimiser's state of that moment, ends like one never interrupted.
 * @returns mean training loss and accuracy of each epoch
 * @throws NanLossError, InterruptedError (after saving); TrainingError on an empty split, a batch size below 1, a cursor
 *   of another run
 */
export async function fit(
  net: Module,
  optimizer: Optimizer,
  images: DeviceImages,
  split: Split,
  options: FitOptions,
): Promise<Measure[]> {
  const { name, epochs, batchSize, seed, augment, schedule, cursor, signal, save, onStep, onEpoch } = options;
  const gpu = gpuOf(net);
  const steps = countSteps(name, split, batchSize);
  if (cursor && cursor.epoch < epochs && cursor.step >= steps) {
    throw new TrainingError(
      `${name}: the state is from after step ${cursor.step} of an epoch, which has ${steps}; it is of another run`,
    );
  }
  const history = [...(cursor?.history ?? [])];
  const stats = new RunningStats(gpu, cursor?.stats);
  const checkpoint = async (cursor: Omit<Cursor, 'history'>, madeLast: { epoch: number; step: number }) => {
    const finite = await allFinite(net.stateDict().values());
    if (!finite) throw new NanLossError(name, madeLast.epoch, madeLast.step, 'a weight');
    await save?.({ ...cursor, history: [...history] });
  };
  let order: Order | undefined;
  try {
    net.train();
    optimizer.zeroGrad();
    for (let epoch = cursor?.epoch ?? 0; epoch < epochs; epoch++) {
      if (schedule) optimizer.lr = schedule(epoch);
      order = epochOrder(images, split, seed, epoch);
      const first = epoch === cursor?.epoch ? cursor.step : 0;
      for (let step = first; step < steps; step++) {
        const whole = epoch * steps + step;
        net.seek(whole);
        const change = (inputs: Tensor) =>
          augment ? augmented(inputs, augment, { seed, step: whole }) : inputs;
        trainStep(net, optimizer, images, order, step, batchSize, stats, change);
        await gpu.pace();
        const last = step + 1 === steps;
        const look =
          last || signal?.aborted || (step + 1) % STEPS_PER_LOOK === 0 ? await stats.read() : undefined;
        if (look?.badStep !== undefined) throw new NanLossError(name, epoch, look.badStep);
        onStep?.({ epoch, step: step + 1, steps, measure: look });
        if (look && signal?.aborted && !last) {
          await checkpoint({ epoch, step: step + 1, stats: look.state }, { epoch, step });
          throw new InterruptedError();
        }
        if (look && last) history.push({ loss: look.loss, accuracy: look.accuracy });
      }
      disposeOrder(order);
      order = undefined;
      stats.reset();
      await checkpoint({ epoch: epoch + 1, step: 0, stats: EMPTY_STATS }, { epoch, step: steps - 1 });
      onEpoch?.(epoch, history[history.length - 1]);
      if (signal?.aborted && epoch + 1 < epochs) throw new InterruptedError();
    }
    return history;
  } finally {
    if (order) disposeOrder(order);
    stats.dispose();
  }
}

function trainStep(
  net: Module,
  optimizer: Optimizer,
  images: DeviceImages,
  order: Order,
  step: number,
  batchSize: number,
  stats: RunningStats,
  change: (inputs: Tensor) => Tensor,
): void {
  gpuOf(net).scope(() => {
    const start = step * batchSize;
    const { inputs, labels } = images.batch(order, start, Math.min(batchSize, order.count - start));
    const logits = net.forward(change(inputs));
    const loss = crossEntropy(logits, labels);
    backward(loss);
    stats.add(loss, logits, labels, step);
    optimizer.step();
    optimizer.zeroGrad();
  });
}

/**
 * Mean loss and accuracy of a network over a split, in evaluation mode; each module's mode is restored.
 * @throws TrainingError on an empty split, or a batch size below 1
 */
export async function evaluate(
  net: Module,
  images: DeviceImages,
  split: Split,
  batchSize: number,
): Promise<Measure> {
  const gpu = gpuOf(net);
  const steps = countSteps('evaluate', split, batchSize);
  const order = images.order(Uint32Array.from(split.indices), Int32Array.from(split.labels));
  const stats = new RunningStats(gpu);
  const restore = switchMode(net, false);
  try {
    for (let step = 0; step < steps; step++) {
      noGrad(() =>
        gpu.scope(() => {
          const start = step * batchSize;
          const { inputs, labels } = images.batch(order, start, Math.min(batchSize, order.count - start));
          const logits = net.forward(inputs);
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
 * Compiles every pipeline that training on batches of a size needs up to the optimiser's, in parallel, before the first
 * step has to wait for them. Weights, gradients, running statistics and modes stay as they are.
 */
export async function warmUp(
  net: Module,
  images: DeviceImages,
  batchSize: number,
  augment?: Augmentation,
): Promise<void> {
  const gpu = gpuOf(net);
  const order = images.order(new Uint32Array(batchSize), new Int32Array(batchSize));
  const stats = new RunningStats(gpu);
  const restore = switchMode(net, true);
  try {
    await gpu.warmUp(() => {
      const { inputs, labels } = images.batch(order, 0, batchSize);
      const logits = net.forward(augment ? augmented(inputs, augment, { seed: 0, step: 0 }) : inputs);
      const loss = crossEntropy(logits, labels);
      backward(loss);
      stats.add(loss, logits, labels, 0);
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
  if (split.indices.length === 0) throw new TrainingError(`${name}: the split has no images`);
  return Math.ceil(split.indices.length / batchSize);
}

/** Puts a network in training or evaluation mode. Returns what puts every module back in the mode it was in. */
function switchMode(net: Module, training: boolean): () => void {
  const modes = [...net.modules()].map((module) => [module, module.training] as const);
  net.train(training);
  return () => {
    for (const [module, mode] of modes) module.training = mode;
  };
}

/** The GPU that holds a network's parameters. */
export function gpuOf(net: Module): Gpu {
  for (const { gpu } of net.stateDict().values()) return gpu;
  throw new TypeError('the network has no parameters or buffers');
}
