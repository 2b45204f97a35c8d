import type { Kernel } from '../../runtime/kernel';
import { tagged } from '../../runtime/tags';
import type { Varying } from '../../runtime/varying';
import source from '../../shaders/gather_images.wgsl';
import { IGNORE_INDEX } from '../ops/cross-entropy';
import type { Gpu } from '../tensor/gpu';
import { aNumber, anObject, checkAll, numbers, optional, options } from '../tensor/guard';
import { aGpu, DeviceError } from '../tensor/guard-tensor';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Batch } from './batch';
import { DeviceSet, type Order } from './device-set';
import { pictures } from './guard';
import { checkLabels, type PictureSet, type Pictures } from './images';
import type { Normalisation } from './statistics';

const kernel: Kernel = { name: 'gatherImages', source };
const MAX_CHANNELS = 4;

/** How images are seen. `mean` and `std` are per channel of the source, of pixels in [0, 1]. */
export interface ViewOptions extends Normalisation {
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

/**
 * A whole image set on the GPU as bytes. Batches are gathered and normalised there, so that a step uploads nothing.
 * @example
 * ```ts
 * const set = data.fromArrays({ images: Uint8Array.of(0, 51, 255, 0), labels: [0, 1], shape: [1, 1, 2] });
 * const images = new data.DeviceImages(gpu, set, { mean: [0], std: [1] });
 * const { inputs } = images.batch(images.order(Uint32Array.of(0), Int32Array.of(0)), 0, 1);
 * inputs; // → [[[[0, 0.20]]]]
 * ```
 */
export class DeviceImages extends DeviceSet {
  private readonly pixels: Tensor;
  private readonly source: Pick<Pictures, 'name' | 'shape'>;

  /**
   * @param set images to copy to the GPU, or a set that is there already and is to be seen in another way. The two sets
   *   then share the pixels, which are freed with the last of them
   * @throws ShapeError if the view does not fit the images; LabelError on a label of the set that is no place in its
   *   `classes`, nor −100
   */
  constructor(
    gpu: Gpu,
    set: Pictures | PictureSet | DeviceImages,
    private readonly view: ViewOptions,
  ) {
    super();
    const isHere = set instanceof DeviceImages;
    checkAll('DeviceImages', {
      gpu: [gpu, aGpu],
      set: [set, isHere ? anObject : pictures],
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
      if ('labels' in set) checkLabels(set.labels, set.classes.length, name, { ignoreIndex: IGNORE_INDEX });
      this.pixels = gpu.tensor(Uint8Array.from(set.images), [set.images.length]);
    }
  }

  override get name(): string {
    return this.source.name;
  }

  override get gpu(): Gpu {
    return this.pixels.gpu;
  }

  /** Number of images. */
  override get count(): number {
    const [channels, height, width] = this.source.shape;
    return this.pixels.size / (channels * height * width);
  }

  /** Shape of one image as the network sees it: [C, H, W]. */
  override get shape(): [channels: number, height: number, width: number] {
    const [channels, height, width] = this.source.shape;
    const { pad = 0 } = this.view;
    return [this.view.channels ?? channels, height + 2 * pad, width + 2 * pad];
  }

  /** Frees the pixels, unless another view of them is left. */
  override dispose(): void {
    this.pixels.dispose();
  }

  protected override gather(order: Order, start: Varying, { inputs, labels }: Batch): void {
    const batch = labels.size;
    const [channels, height, width] = this.source.shape;
    const { mean, std, pad = 0 } = this.view;
    const four = (values: readonly number[]) =>
      Array.from({ length: MAX_CHANNELS }, (_, c) => values[c % channels]);
    tagged('batch', { phase: 'data', op: 'batch' }, () =>
      this.gpu.kernels.run(kernel, {
        outputs: [inputs, labels],
        inputs: [this.pixels, order.indices, order.labels],
        uniforms: {
          count: inputs.size,
          start,
          batch,
          pad,
          channels: this.shape[0],
          source_channels: channels,
          height,
          width,
          scale: four(std),
          shift: four(mean),
        },
        groups: Math.ceil(inputs.size / 64),
        bytes: inputs.size * 4 + batch * channels * height * width + batch * 12,
      }),
    );
  }
}

function checkView(
  name: string,
  [channels]: Pictures['shape'],
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
