import type { Kernel } from '../../runtime/kernel';
import { tagged } from '../../runtime/tags';
import { nowOf, type Varying } from '../../runtime/varying';
import source from '../../shaders/gather_images.wgsl';
import type { Gpu } from '../tensor/gpu';
import { aCount, aNumber, anObject, aVarying, checkAll, numbers, optional, options } from '../tensor/guard';
import { aGpu, DeviceError, places, tensorOf } from '../tensor/guard-tensor';
import { knownValues, noteValues } from '../tensor/host-values';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { DataError } from './errors';
import { anImageSet } from './guard';
import { checkLabels, type ImageSet } from './images';

const kernel: Kernel = { name: 'gatherImages', source };
const MAX_CHANNELS = 4;

export interface ViewOptions {
  /** Per channel of the source, of pixels in [0, 1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Pixels of 0 added on every side; default 0. */
  readonly pad?: number;
  /** Channels of the result, a multiple of the source's, which are repeated; default: the source's. */
  readonly channels?: number;
}

const viewOptions = options({
  mean: numbers,
  std: numbers,
  pad: optional(aNumber),
  channels: optional(aNumber),
});

/** A whole image set on the GPU as bytes. Batches are gathered and normalised there, so that a step uploads nothing. */
export class DeviceImages {
  private readonly pixels: Tensor;
  private readonly source: Pick<ImageSet, 'name' | 'shape'>;

  /**
   * @param set images to copy to the GPU, or a set that is there already and is to be seen in another way. The two sets
   *   then share the pixels, which are freed with the last of them
   * @throws ShapeError if the view does not fit the images; LabelError on a label of the set that is no place in its `classes`
   */
  constructor(
    gpu: Gpu,
    set: ImageSet | DeviceImages,
    private readonly view: ViewOptions,
  ) {
    const isHere = set instanceof DeviceImages;
    checkAll('DeviceImages', {
      gpu: [gpu, aGpu],
      set: [set, isHere ? anObject : anImageSet],
      view: [view, viewOptions],
    });
    if (isHere && set.gpu !== gpu) throw new DeviceError('DeviceImages', ['gpu', 'set']);
    const { name, shape } = isHere ? set.source : set;
    checkView(name, shape, view);
    this.source = { name, shape };
    if (set instanceof DeviceImages) {
      this.pixels = set.pixels.alias(set.pixels.shape);
    } else {
      if (set.images.length % (shape[0] * shape[1] * shape[2]) !== 0) {
        throw new ShapeError(`${name}: ${set.images.length} bytes are no whole images ${formatShape(shape)}`);
      }
      checkLabels(set.labels, set.classes.length, name);
      this.pixels = gpu.tensor(Uint8Array.from(set.images), [set.images.length]);
    }
  }

  /** Where the images are. */
  get gpu(): Gpu {
    return this.pixels.gpu;
  }

  /** Number of images. */
  get count(): number {
    const [channels, height, width] = this.source.shape;
    return this.pixels.size / (channels * height * width);
  }

  /** Shape of one image as the network sees it: [C, H, W]. */
  get shape(): [channels: number, height: number, width: number] {
    const [channels, height, width] = this.source.shape;
    const { pad = 0 } = this.view;
    return [this.view.channels ?? channels, height + 2 * pad, width + 2 * pad];
  }

  /**
   * An order of images and their labels, ready to be cut into batches.
   * @param into an order of as many images, which is overwritten: a captured step then goes on with the new one
   * @throws ShapeError unless there is a label for each; DataError `DATA_INDEX` on an image that is not in the set
   */
  order(indices: Uint32Array<ArrayBuffer>, labels: Int32Array<ArrayBuffer>, into?: Order): Order {
    checkAll('order', { indices: [indices, numbers], labels: [labels, numbers] });
    const { gpu } = this;
    const count = indices.length;
    if (labels.length !== count) {
      throw new ShapeError(`${this.source.name}: ${labels.length} labels for ${count} images`);
    }
    const outside = indices.findIndex(
      (index) => !(Number.isInteger(index) && index >= 0 && index < this.count),
    );
    if (outside >= 0) {
      throw new DataError('DATA_INDEX', {
        file: this.source.name,
        expected: `indices from 0 to ${this.count - 1}`,
        found: `${indices[outside]} at position ${outside}`,
      });
    }
    const unlabelled = labels.findIndex((label) => !Number.isInteger(label));
    if (unlabelled >= 0) {
      throw new DataError('DATA_LABEL', {
        file: this.source.name,
        expected: 'labels that are whole numbers',
        found: `${labels[unlabelled]} at position ${unlabelled}`,
      });
    }
    if (!into) {
      return {
        indices: gpu.tensor(indices, [count], { dtype: 'u32' }),
        labels: gpu.tensor(labels, [count], { dtype: 'i32' }),
        count,
      };
    }
    into.indices.write(indices);
    into.labels.write(labels);
    return into;
  }

  /**
   * Images and labels number `start` to `start + size − 1` of an order: f32 [size, C, H, W] and i32 [size].
   * @throws ShapeError if the order ends before
   */
  batch(order: Order, start: Varying, size: number): { inputs: Tensor; labels: Tensor } {
    checkAll('batch', { order: [order, anOrder], start: [start, aVarying], size: [size, aCount] });
    const { gpu } = this;
    const first = gpu.varying(() => {
      const at = nowOf(start);
      if (at >= 0 && size >= 1 && at + size <= order.count) return at;
      throw new ShapeError(
        `${this.source.name}: a batch of ${size} from image ${at} on, in an order of ${order.count}`,
      );
    });
    const [channels, height, width] = this.source.shape;
    const { mean, std, pad = 0 } = this.view;
    const shape = [size, ...this.shape];
    const inputs = gpu.empty(shape);
    const labels = gpu.empty([size], { dtype: 'i32' });
    const four = (values: readonly number[]) =>
      Array.from({ length: MAX_CHANNELS }, (_, c) => values[c % channels]);
    tagged('batch', { phase: 'data', op: 'batch' }, () =>
      gpu.kernels.run(kernel, {
        outputs: [inputs, labels],
        inputs: [this.pixels, order.indices, order.labels],
        uniforms: {
          count: inputs.size,
          start: first,
          batch: size,
          pad,
          channels: this.shape[0],
          source_channels: channels,
          height,
          width,
          scale: four(std),
          shift: four(mean),
        },
        groups: Math.ceil(inputs.size / 64),
        bytes: inputs.size * 4 + size * channels * height * width + size * 12,
      }),
    );
    const known = knownValues(order.labels)?.subarray(first.now, first.now + size);
    if (known) noteValues(labels, known);
    return { inputs, labels };
  }

  dispose(): void {
    this.pixels.dispose();
  }
}

const anOrder = options({ indices: tensorOf(['u32']), labels: places, count: aCount });

function checkView(
  name: string,
  [channels]: ImageSet['shape'],
  { mean, std, pad = 0, channels: wanted = channels }: ViewOptions,
): void {
  if (wanted < 1 || wanted > MAX_CHANNELS || wanted % channels !== 0) {
    throw new ShapeError(
      `${name}: ${wanted} channels cannot be made of ${channels}, expected a multiple of ${channels} up to ${MAX_CHANNELS}`,
    );
  }
  if (mean.length !== channels || std.length !== channels) {
    throw new ShapeError(
      `${name}: mean has ${mean.length} and std ${std.length} values, expected one for each of ${channels} channels`,
    );
  }
  if (!std.every((value) => value > 0)) {
    throw new ShapeError(`${name}: std is ${formatShape(std)}, expected numbers above 0`);
  }
  if (!Number.isInteger(pad) || pad < 0) {
    throw new ShapeError(`${name}: pad is ${pad}, expected a whole number of at least 0`);
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
