import { backward } from '../autograd/backward';
import { noGrad } from '../autograd/tape';
import { type DeviceImages, disposeOrder, type Order } from '../data/device-set';
import type { Module } from '../nn/module';
import { crossEntropy } from '../ops/cross-entropy';
import type { Optimizer } from '../optim/optimizer';
import type { Split } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import { Random } from '../tensor/random';
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
  /**
   * Whether JavaScript runs the first steps only and the GPU repeats them from then on, where that is possible (see
   * `gpu.capture`); default true. To be false for a network whose forward pass calls other ops in other steps.
   */
  readonly capture?: boolean;
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
 * The order of a split's images in an epoch: the same for a seed, whenever it is asked for. Overwrites `into`, an order
 * of the same split, where given.
 */
export function epochOrder(
  images: DeviceImages,
  split: Split,
  seed: number,
  epoch: number,
  into?: Order,
): Order {
  const permutation = new Random(seed, ORDER_STREAM + epoch).permutation(split.indices.length);
  const indices = Uint32Array.from(permutation, (i) => split.indices[i]);
  const labels = Int32Array.from(permutation, (i) => split.labels[i]);
  return images.order(indices, labels, into);
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
  const { name, epochs, batchSize, seed, schedule, cursor, signal, save, onStep, onEpoch } = options;
  const gpu = gpuOf(net);
  const steps = countSteps(name, split, batchSize);
  if (cursor && cursor.epoch < epochs && cursor.step >= steps) {
    throw new TrainingError(
      `${name}: the state is from after step ${cursor.step} of an epoch, which has ${steps}; it is of another run`,
    );
  }
  const history = [...(cursor?.history ?? [])];
  const start = Math.min(cursor?.epoch ?? 0, epochs);
  const order = epochOrder(images, split, seed, start);
  const stats = new RunningStats(gpu, cursor?.stats);
  const checkpoint = async (cursor: Omit<Cursor, 'history'>, madeLast: { epoch: number; step: number }) => {
    const finite = await allFinite(net.stateDict().values());
    if (!finite) throw new NanLossError(name, madeLast.epoch, madeLast.step, 'a weight');
    await save?.({ ...cursor, history: [...history] });
  };
  const at: Position = { step: 0, whole: 0 };
  const step = (size: number) => trainStep({ net, optimizer, images, order, stats, options }, at, size);
  const captured = gpu.capture(() => step(batchSize), { lenient: true });
  try {
    net.train();
    optimizer.zeroGrad();
    for (let epoch = start; epoch < epochs; epoch++) {
      if (schedule) optimizer.lr = schedule(epoch);
      if (epoch !== start) epochOrder(images, split, seed, epoch, order);
      for (at.step = epoch === cursor?.epoch ? cursor.step : 0; at.step < steps; at.step++) {
        at.whole = epoch * steps + at.step;
        net.seek(at.whole);
        const size = Math.min(batchSize, order.count - at.step * batchSize);
        if (size === batchSize && options.capture !== false) captured.replay();
        else captured.aside(() => step(size));
        await gpu.pace();
        const made = at.step + 1;
        const last = made === steps;
        const look = last || signal?.aborted || made % STEPS_PER_LOOK === 0 ? await stats.read() : undefined;
        if (look?.badStep !== undefined) throw new NanLossError(name, epoch, look.badStep);
        onStep?.({ epoch, step: made, steps, measure: look });
        if (look && signal?.aborted && !last) {
          await checkpoint({ epoch, step: made, stats: look.state }, { epoch, step: at.step });
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
    captured.dispose();
    disposeOrder(order);
    stats.dispose();
  }
}

/** The step under way: of its epoch, and counted over all of them. */
interface Position {
  step: number;
  whole: number;
}

interface Training {
  readonly net: Module;
  readonly optimizer: Optimizer;
  readonly images: DeviceImages;
  readonly order: Order;
  readonly stats: RunningStats;
  readonly options: FitOptions;
}

/** One step on the next `size` images; what follows from the position is read anew where the step is replayed. */
function trainStep(
  { net, optimizer, images, order, stats, options }: Training,
  at: Position,
  size: number,
): void {
  const { augment, batchSize, seed } = options;
  const gpu = gpuOf(net);
  gpu.scope(() => {
    const start = gpu.varying(() => at.step * batchSize);
    const { inputs, labels } = images.batch(order, start, size);
    const step = gpu.varying(() => at.whole);
    const logits = net.forward(augment ? augmented(inputs, augment, { seed, step }) : inputs);
    const loss = crossEntropy(logits, labels);
    backward(loss);
    const number = gpu.varying(() => at.step);
    stats.add(loss, logits, labels, number);
  });
  optimizer.step(); // after the scope: nobody needs what it would have computed before the weights change
  optimizer.zeroGrad();
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
