import type { Batch } from '../../data/batch';
import { DeviceImages, type ViewOptions } from '../../data/device-images';
import { disposeOrder } from '../../data/device-set';
import type { ImageSet } from '../../data/images';
import type { Genotype } from '../../nas/genotype';
import { type LoadedNetwork, makeAnew, type NetworkAbout } from '../../nas/saved-network';
import { mnistTasks } from '../../tasks/catalogue';
import { type Split, type Task, taskSplit } from '../../tasks/task';
import type { Gpu } from '../../tensor/gpu';
import type { Tensor } from '../../tensor/tensor';
import type { NetworkChoice } from '../protocol';
import type { Mnist } from './mnist';

/** Factors on the published widths: small enough for a software adapter. */
export const WIDTHS: Record<NetworkChoice, number> = { smallCifarNet: 0.5, NN2: 0.25 };
const QUICK_FACTOR = 0.5;
/** Orders images, draws weights, of all but runs. */
export const SEED = 1;
export const CELL_CHANNELS = 3;

/** A task by its id. @throws RangeError on an unknown one */
export function taskOf(id: string): Task {
  const task = mnistTasks.find((one) => one.id === id);
  if (!task)
    throw new RangeError(`unknown task '${id}'; known are ${mnistTasks.map((one) => one.id).join(', ')}`);
  return task;
}

/** Images to train on and to test on, as networks see them. */
export interface SeenImages {
  readonly train: DeviceImages;
  readonly test: DeviceImages;
}

/** Some images in order, a batch at a time. Each batch is freed when the next is asked for. */
export function* batchesOf(images: DeviceImages, split: Split, batchSize: number): Generator<Batch> {
  const order = images.order(Uint32Array.from(split.indices), Int32Array.from(split.labels));
  try {
    for (let start = 0; start < order.count; start += batchSize) {
      const batch = images.batch(order, start, Math.min(batchSize, order.count - start));
      yield batch;
      batch.inputs.dispose();
      batch.labels.dispose();
    }
  } finally {
    disposeOrder(order);
  }
}

/** Images that are seen in one way. Those to train on are put on the GPU when they are first asked for. */
class View implements SeenImages {
  readonly test: DeviceImages;
  private training: DeviceImages | undefined;

  constructor(
    private readonly gpu: Gpu,
    private readonly source: {
      readonly train: ImageSet | DeviceImages;
      readonly test: ImageSet | DeviceImages;
    },
    private readonly how: ViewOptions,
  ) {
    this.test = new DeviceImages(gpu, source.test, how);
  }

  get train(): DeviceImages {
    this.training ??= new DeviceImages(this.gpu, this.source.train, this.how);
    return this.training;
  }

  dispose(): void {
    this.test.dispose();
    this.training?.dispose();
  }
}

/**
 * A GPU with MNIST on it. When the device is lost all of it is, and another is opened with the same data. What trains has to
 * wait for the training images first.
 */
export class Lab implements SeenImages {
  private readonly view: View;
  /** The same images with the channels of cells. */
  readonly cells: SeenImages;

  private constructor(
    readonly gpu: Gpu,
    readonly data: Mnist,
    private readonly width: number,
  ) {
    const { mean, std } = data;
    this.view = new View(gpu, data, { mean, std });
    this.cells = new View(gpu, this.view, { mean, std, channels: CELL_CHANNELS });
  }

  /** @param quick narrower networks, for tests */
  static on(gpu: Gpu, data: Mnist, quick: boolean): Lab {
    return new Lab(gpu, data, quick ? QUICK_FACTOR : 1);
  }

  get train(): DeviceImages {
    return this.view.train;
  }

  get test(): DeviceImages {
    return this.view.test;
  }

  /** A task's images in training order, at most `limit` of them. */
  split(task: Task, side: 'train' | 'test', limit?: number, seed = SEED): Split {
    return taskSplit(task, this.data.labels[side], seed, limit === undefined ? {} : { limit });
  }

  /** The images as a network out of a file sees them: it may have been trained on others. */
  seenBy({ inputShape: [channels], mean, std }: NetworkAbout): SeenImages {
    const here = channels === CELL_CHANNELS ? this.cells : this;
    const isSame = (values: readonly number[], [own]: readonly number[]) =>
      values.every((value) => value === own);
    if (isSame(mean, this.data.mean) && isSame(std, this.data.std)) return here;
    const view = { mean: mean.slice(0, 1), std: std.slice(0, 1), channels };
    return new View(this.gpu, this, view);
  }

  /** Frees what `seenBy` made. */
  free(seen: SeenImages): void {
    if (seen instanceof View && seen !== this.cells) seen.dispose();
  }

  /** Some of the test images in order, a batch at a time. Each batch is freed when the next is asked for. */
  testBatches(split: Split, batchSize: number): Generator<Batch> {
    return batchesOf(this.test, split, batchSize);
  }

  /** An image of grey values, white on black, as a network sees it: [1, C, H, W]. The caller's to dispose of. */
  image({ inputShape, mean, std }: NetworkAbout, pixels: Uint8Array): Tensor {
    const seen = new Float32Array(mean.length * pixels.length);
    for (const [channel, one] of mean.entries())
      seen.set(
        Float32Array.from(pixels, (pixel) => (pixel / 255 - one) / std[channel]),
        channel * pixels.length,
      );
    return this.gpu.tensor(seen, [1, ...inputShape]);
  }

  /** A fresh network for a task: the same weights at each call with the same seed. */
  network(kind: NetworkChoice, task: Task, seed = SEED): LoadedNetwork['net'] {
    return this.make(this.aboutNetwork(kind, task), seed);
  }

  /** A network with the first weights of a seed. */
  make(about: NetworkAbout, seed: number): LoadedNetwork['net'] {
    this.gpu.manualSeed(seed);
    return makeAnew(this.gpu, about);
  }

  /** What a file says of a network of the page. */
  aboutNetwork(kind: NetworkChoice, { classes }: Task): NetworkAbout {
    const { mean, std } = this.data;
    const width = WIDTHS[kind] * this.width;
    return { network: kind, width, classes, inputShape: this.test.shape, mean, std };
  }

  /** What a file says of a cell that `trainWinner` has trained for a task. */
  aboutCell(task: Task, genotype: Genotype): NetworkAbout {
    const { data, cells } = this;
    const inputShape = cells.test.shape;
    const repeated = ([value]: readonly number[]) => Array.from({ length: CELL_CHANNELS }, () => value);
    return {
      network: genotype,
      classes: task.classes,
      inputShape,
      mean: repeated(data.mean),
      std: repeated(data.std),
      affine: true,
    };
  }

  dispose(): void {
    this.gpu.dispose();
  }
}
