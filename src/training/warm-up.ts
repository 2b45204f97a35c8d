import { type DeviceSet, disposeOrder } from '../data/device-set';
import { switchMode } from '../nn/mode';
import { aModule, type Module } from '../nn/module';
import type { Optimizer } from '../optim/optimizer';
import { aCount, anObject, checkAll, optional, options as optionsOf } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { type Augmentation, augmented } from './augment';
import { anOptimizer, deviceSet } from './guard';
import { addGradients } from './learn';
import { RunningStats } from './stats';
import { gpuOf } from './steps';

/** What a step has besides forward and backward passes. */
export interface WarmUpOptions {
  /** How images are moved and mirrored before they are seen. */
  readonly augment?: Augmentation;
  /** Into how many parts a batch is cut; default 1. */
  readonly parts?: number;
  /** Whose update is compiled, too. */
  readonly optimizer?: Optimizer;
}

const someOptions = optionsOf({
  augment: optional(anObject),
  parts: optional(aCount),
  optimizer: optional(anOptimizer),
});

/**
 * Compiles the pipelines of training steps on batches of a size. They compile in parallel, so that the first step does not wait
 * for one after the other. Weights, gradients, running statistics, modes and the optimiser's count stay as they are. The loss
 * is the cross-entropy.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(1, 2, 3, 4), labels: [0, 1], shape: [2] });
 * const net = new nn.Linear(gpu, 2, 2);
 * const optimizer = new optim.Adam(net.parameters());
 * await training.warmUp(net, new data.DeviceSamples(gpu, set), 2, { optimizer });
 * ```
 */
export async function warmUp(
  net: Module,
  images: DeviceSet,
  batchSize: number,
  options: WarmUpOptions = {},
): Promise<void> {
  checkAll('warmUp', {
    net: [net, aModule],
    images: [images, deviceSet],
    batchSize: [batchSize, aCount],
    options: [options, someOptions],
  });
  const { augment, parts = 1, optimizer } = options;
  const gpu = gpuOf(net);
  const order = images.order(new Uint32Array(batchSize), new Int32Array(batchSize));
  const stats = new RunningStats(gpu);
  const restore = switchMode(net, true);
  const forward = (inputs: Tensor) => net.forward(inputs);
  const batch = () => {
    const { inputs, labels } = images.batch(order, 0, batchSize);
    return { inputs: augment ? augmented(inputs, augment, { seed: 0, step: 0 }) : inputs, labels };
  };
  try {
    await gpu.warmUp(() => {
      addGradients(batch(), { forward, stats, number: 0, parts });
      optimizer?.step();
    });
  } finally {
    restore();
    stats.dispose();
    disposeOrder(order);
  }
}
