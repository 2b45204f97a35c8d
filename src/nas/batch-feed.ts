import { type DeviceImages, disposeOrder, type Order } from '../data/device-set';
import type { Split } from '../tasks/task';
import type { Tensor } from '../tensor/tensor';
import { epochOrder } from '../training/fit';

/** Batches of a split by the step they are for, in a new order each epoch; any step can be asked for at any time. */
export class BatchFeed {
  /** Steps of an epoch; the last batch may be smaller. */
  readonly stepsPerEpoch: number;
  private current: { epoch: number; order: Order } | undefined;

  constructor(
    private readonly images: DeviceImages,
    private readonly split: Split,
    private readonly batchSize: number,
    private readonly seed: number,
  ) {
    this.stepsPerEpoch = Math.ceil(split.indices.length / batchSize);
  }

  /** Makes the order that a step's batch is cut from; called outside gpu.scope, which would free it. */
  seek(step: number): void {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (this.current?.epoch === epoch) return;
    this.dispose();
    this.current = { epoch, order: epochOrder(this.images, this.split, this.seed, epoch) };
  }

  /** The batch of the step that was sought, f32 [n, C, H, W] and i32 [n]. */
  batch(step: number): { inputs: Tensor; labels: Tensor } {
    if (!this.current) throw new TypeError('BatchFeed: seek(step) comes first');
    const { order } = this.current;
    const start = (step % this.stepsPerEpoch) * this.batchSize;
    return this.images.batch(order, start, Math.min(this.batchSize, order.count - start));
  }

  dispose(): void {
    if (this.current) disposeOrder(this.current.order);
    this.current = undefined;
  }
}
