import { type DeviceSet, disposeOrder, type Order } from '../data/device-set';
import { batchCount, epochOrder, givenOrder, type Sizes } from '../data/epoch-order';
import type { Split } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';

export interface BatchFeedOptions extends Sizes {
  /** Orders the images, anew each epoch; left out: they stay in the split's own order. */
  readonly seed?: number;
}

/** Batches of a split, one a step. Any step can be sought at any time. */
export class BatchFeed {
  readonly stepsPerEpoch: number;
  private sought: { readonly step: number; readonly order: Order } | undefined;

  constructor(
    private readonly images: DeviceSet,
    private readonly split: Split,
    private readonly options: BatchFeedOptions,
  ) {
    this.stepsPerEpoch = batchCount(split, options);
  }

  /** Step that was sought last, counted over all epochs. */
  get step(): number {
    return this.found().step;
  }

  /** Images of the step's batch. */
  get size(): number {
    return Math.min(this.options.batchSize, this.split.indices.length - this.start);
  }

  /** Whether the step's batch is no smaller than others. */
  get isWhole(): boolean {
    return this.size === Math.min(this.options.batchSize, this.split.indices.length);
  }

  /** Puts the images into the order that the step is to see. To be called outside of gpu.scope, which would free it. */
  seek(step: number): void {
    const { sought } = this;
    const epoch = this.epochOf(step);
    const isThere = sought && this.epochOf(sought.step) === epoch;
    this.sought = { step, order: isThere ? sought.order : this.orderOf(epoch, sought?.order) };
  }

  /**
   * The batch of the step that was sought last, f32 [n, ...shape] and i32 [n]. The same holds in a captured step: each
   * replay takes the batch of the step sought before it.
   */
  batch(): { inputs: Tensor; labels: Tensor } {
    const { images, size } = this;
    const start = images.gpu.varying(() => this.start);
    return images.batch(this.found().order, start, size);
  }

  dispose(): void {
    if (this.sought) disposeOrder(this.sought.order);
    this.sought = undefined;
  }

  private orderOf(epoch: number, into: Order | undefined): Order {
    const { images, split } = this;
    const { seed } = this.options;
    if (seed !== undefined) return epochOrder(images, split, seed, epoch, into);
    return into ?? givenOrder(images, split);
  }

  private epochOf(step: number): number {
    return Math.floor(step / this.stepsPerEpoch);
  }

  private get start(): number {
    return (this.step % this.stepsPerEpoch) * this.options.batchSize;
  }

  private found() {
    if (!this.sought) throw new TypeError('BatchFeed: seek(step) comes first');
    return this.sought;
  }
}

/**
 * Training steps that take a batch of each feed. JavaScript runs the first two and those of smaller batches; the GPU
 * repeats the others by itself, where that is possible (see `gpu.capture`).
 */
export class FeedSteps {
  private readonly captured;

  /** @param work what a step does with the feeds' batches. What else changes from step to step, it reads by `gpu.varying` */
  constructor(
    gpu: Gpu,
    private readonly feeds: readonly BatchFeed[],
    private readonly work: () => void,
    private readonly capture = true,
  ) {
    this.captured = gpu.capture(work, { lenient: true });
  }

  /** Makes a step, counted over all epochs. Nothing waits for the GPU. */
  make(step: number): void {
    for (const feed of this.feeds) feed.seek(step);
    if (this.capture && this.feeds.every(({ isWhole }) => isWhole)) this.captured.replay();
    else this.captured.aside(this.work);
  }

  /** Gives the memory back that is kept for replays. */
  dispose(): void {
    this.captured.dispose();
  }
}
