import { openGpu } from '../../browser';
import type { Batch } from '../../data/batch';
import { DeviceImages } from '../../data/device-images';
import { disposeOrder } from '../../data/device-set';
import type { Dataset } from '../../data/images';
import { makeNetwork } from '../../models/catalogue';
import type { Genotype } from '../../nas/genotype';
import type { NetworkAbout } from '../../nas/saved-network';
import type { Module } from '../../nn/module';
import { mnistTasks } from '../../tasks/catalogue';
import { numClasses, type Split, type Task, taskSplit } from '../../tasks/task';
import type { Gpu } from '../../tensor/gpu';
import type { Tensor } from '../../tensor/tensor';
import type { NetworkChoice } from '../protocol';

/** Factors on the published widths: small enough for a software adapter. */
export const WIDTHS: Record<NetworkChoice, number> = { smallCifarNet: 0.5, NN2: 0.25 };
const QUICK_FACTOR = 0.5;
/** Orders images, draws weights. */
export const SEED = 1;
export const CELL_CHANNELS = 3;

/** A task by its id. @throws RangeError on an unknown one */
export function taskOf(id: string): Task {
  const task = mnistTasks.find((one) => one.id === id);
  if (!task)
    throw new RangeError(`unknown task '${id}'; known are ${mnistTasks.map((one) => one.id).join(', ')}`);
  return task;
}

/** A GPU with MNIST on it. When the device is lost all of it is, and another is opened with the same data. */
export class Lab {
  private constructor(
    readonly gpu: Gpu,
    readonly data: Dataset,
    readonly train: DeviceImages,
    readonly test: DeviceImages,
    /** The same images with the channels of cells. */
    readonly cells: { readonly train: DeviceImages; readonly test: DeviceImages },
    private readonly width: number,
  ) {}

  /**
   * @param quick narrower networks, for tests
   * @throws GpuUnavailableError
   */
  static async open(data: Dataset, quick: boolean): Promise<Lab> {
    const gpu = await openGpu();
    const view = { mean: data.mean, std: data.std };
    const train = new DeviceImages(gpu, data.train, view);
    const test = new DeviceImages(gpu, data.test, view);
    const wide = { ...view, channels: CELL_CHANNELS };
    const cells = { train: new DeviceImages(gpu, train, wide), test: new DeviceImages(gpu, test, wide) };
    return new Lab(gpu, data, train, test, cells, quick ? QUICK_FACTOR : 1);
  }

  /** A task's images in training order, at most `limit` of them. */
  split(task: Task, side: 'train' | 'test', limit?: number): Split {
    return taskSplit(task, this.data[side].labels, SEED, limit === undefined ? {} : { limit });
  }

  /** Some of the test images in order, a batch at a time. Each batch is freed when the next is asked for. */
  *testBatches({ indices, labels }: Split, batchSize: number): Generator<Batch> {
    const order = this.test.order(Uint32Array.from(indices), Int32Array.from(labels));
    try {
      for (let start = 0; start < order.count; start += batchSize) {
        const batch = this.test.batch(order, start, Math.min(batchSize, order.count - start));
        yield batch;
        batch.inputs.dispose();
        batch.labels.dispose();
      }
    } finally {
      disposeOrder(order);
    }
  }

  /** An image of grey values, white on black, as networks see it: [1, 1, H, W]. The caller's to dispose of. */
  image(pixels: Uint8Array): Tensor {
    const { gpu, data, train } = this;
    const [mean, std] = [data.mean[0], data.std[0]];
    return gpu.tensor(
      Float32Array.from(pixels, (value) => (value / 255 - mean) / std),
      [1, ...train.shape],
    );
  }

  /** A fresh network for a task: the same weights at each call with the same seed. */
  network(kind: NetworkChoice, task: Task, seed = SEED): Module {
    this.gpu.manualSeed(seed);
    return makeNetwork(this.gpu, kind, {
      classes: numClasses(task),
      channels: 1,
      size: this.train.shape[1],
      width: WIDTHS[kind] * this.width,
    });
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
