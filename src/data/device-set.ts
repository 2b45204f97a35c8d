import { f32, type Kernel } from '../../runtime/kernel';
import source from '../../shaders/gather_images.wgsl';
import type { Gpu } from '../tensor/gpu';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { ImageSet } from './images';

const kernel: Kernel = { name: 'gatherImages', source };
const MAX_CHANNELS = 4;

export interface ViewOptions {
  /** Per channel of the source, of pixels in [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Pixels of 0 added on every side; default 0. */
  readonly pad?: number;
  /** Channels of the result; those of the source are repeated; default: the source's. */
  readonly channels?: number;
}

/** A whole image set on the GPU as bytes. Batches are gathered and normalised there, so that a step uploads nothing. */
export class DeviceImages {
  private readonly pixels: Tensor;
  private readonly source: ImageSet['shape'];

  /** @param set images to copy to the GPU, or a set that is there already and is only to be seen otherwise */
  constructor(
    gpu: Gpu,
    set: ImageSet | DeviceImages,
    private readonly view: ViewOptions,
  ) {
    this.source = set instanceof DeviceImages ? set.source : set.shape;
    if (this.shape[0] > MAX_CHANNELS)
      throw new ShapeError(`images: ${this.shape[0]} channels, at most ${MAX_CHANNELS}`);
    this.pixels =
      set instanceof DeviceImages ? set.pixels : gpu.tensor(Uint8Array.from(set.images), [set.images.length]);
  }

  /** Shape of one image as the network sees it: [C, H, W]. */
  get shape(): [channels: number, height: number, width: number] {
    const [channels, height, width] = this.source;
    const { pad = 0 } = this.view;
    return [this.view.channels ?? channels, height + 2 * pad, width + 2 * pad];
  }

  /** An order of images and their labels, ready to be cut into batches. */
  order(indices: Uint32Array<ArrayBuffer>, labels: Int32Array<ArrayBuffer>): Order {
    const { gpu } = this.pixels;
    const count = indices.length;
    return { indices: gpu.tensor(indices, [count]), labels: gpu.tensor(labels, [count]), count };
  }

  /** Images and labels number `start` to `start + size − 1` of an order: f32 [size, C, H, W] and i32 [size]. */
  batch(order: Order, start: number, size: number): { inputs: Tensor; labels: Tensor } {
    const { gpu } = this.pixels;
    const [channels, height, width] = this.source;
    const { mean, std, pad = 0 } = this.view;
    const shape = [size, ...this.shape];
    const inputs = gpu.empty(shape);
    const labels = gpu.empty([size], { dtype: 'i32' });
    const four = (values: readonly number[]) =>
      Array.from({ length: MAX_CHANNELS }, (_, c) => f32(values[c % channels]));
    gpu.kernels.run(kernel, {
      outputs: [inputs, labels],
      inputs: [this.pixels, order.indices, order.labels],
      uniforms: [
        ...[inputs.size, start, size, pad, this.shape[0], channels, height, width],
        ...four(std),
        ...four(mean),
      ],
      groups: Math.ceil(inputs.size / 64),
    });
    return { inputs, labels };
  }

  dispose(): void {
    this.pixels.dispose();
  }
}

/** Which images, in which order, with which labels. */
export interface Order {
  readonly indices: Tensor;
  readonly labels: Tensor;
  readonly count: number;
}

export function disposeOrder(order: Order): void {
  order.indices.dispose();
  order.labels.dispose();
}
