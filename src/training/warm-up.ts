import { type DeviceSet, disposeOrder } from '../data/device-set';
import { switchMode } from '../nn/mode';
import { aModule, type Module } from '../nn/module';
import { aCount, anObject, checkAll, optional } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { type Augmentation, augmented } from './augment';
import { deviceSet } from './guard';
import { addGradients } from './learn';
import { RunningStats } from './stats';
import { gpuOf } from './steps';

/**
 * Compiles the pipelines of forward and backward passes on batches of a size. They compile in parallel, so that the first
 * step does not wait for one after the other. Weights, gradients, running statistics and modes stay as they are. The loss is
 * the cross-entropy.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(1, 2, 3, 4), labels: [0, 1], shape: [2] });
 * await training.warmUp(new nn.Linear(gpu, 2, 2), new data.DeviceSamples(gpu, set), 2);
 * ```
 */
export async function warmUp(
  net: Module,
  images: DeviceSet,
  batchSize: number,
  augment?: Augmentation,
  parts = 1,
): Promise<void> {
  checkAll('warmUp', {
    net: [net, aModule],
    images: [images, deviceSet],
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
