import { nowOf, type Varying } from '../../runtime/varying';
import type { Gpu } from '../tensor/gpu';
import { aCount, aVarying, checkAll, kind, numbers, options } from '../tensor/guard';
import { places, tensorOf } from '../tensor/guard-tensor';
import { knownValues, noteValues } from '../tensor/host-values';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Batch } from './batch';
import { DataError } from './errors';

/** Which samples, in which order, with which labels. */
export interface Order {
  /** [count] u32, positions in the set. */
  readonly indices: Tensor;
  /** [count] i32 */
  readonly labels: Tensor;
  /** Number of samples. */
  readonly count: number;
}

export function disposeOrder(order: Order): void {
  order.indices.dispose();
  order.labels.dispose();
}

/**
 * Samples of one shape on the GPU: `DeviceImages` or `DeviceSamples`. Batches are gathered there, so that a step uploads
 * nothing.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(1, 2, 3, 4), labels: [0, 1], shape: [2] });
 * const onGpu: data.DeviceSet = new data.DeviceSamples(gpu, set);
 * onGpu.batch(onGpu.order(Uint32Array.of(1, 0), Int32Array.of(1, 0)), 0, 2).inputs; // → [[3, 4], [1, 2]]
 * ```
 */
export abstract class DeviceSet {
  /** For messages. */
  abstract readonly name: string;
  /** Where the samples are. */
  abstract readonly gpu: Gpu;
  /** Number of samples. */
  abstract readonly count: number;
  /** Shape of one sample as the network sees it. */
  abstract readonly shape: readonly number[];

  /**
   * An order of samples and their labels, ready to be cut into batches.
   * @param into an order of as many samples, which is overwritten: a captured step then goes on with the new one
   * @throws ShapeError unless there is a label for each; DataError `DATA_INDEX` on a sample that is not in the set
   */
  order(indices: Uint32Array<ArrayBuffer>, labels: Int32Array<ArrayBuffer>, into?: Order): Order {
    checkAll('order', { indices: [indices, numbers], labels: [labels, numbers] });
    const { gpu, name } = this;
    const count = indices.length;
    if (labels.length !== count) {
      throw new ShapeError(`${name}: ${labels.length} labels for ${count} samples`);
    }
    const outside = indices.findIndex(
      (index) => !(Number.isInteger(index) && index >= 0 && index < this.count),
    );
    if (outside >= 0) {
      throw new DataError('DATA_INDEX', {
        file: name,
        expected: `indices from 0 to ${this.count - 1}`,
        found: `${indices[outside]} at position ${outside}`,
      });
    }
    const unlabelled = labels.findIndex((label) => !Number.isInteger(label));
    if (unlabelled >= 0) {
      throw new DataError('DATA_LABEL', {
        file: name,
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
   * Samples and labels number `start` to `start + size − 1` of an order: f32 [size, ...shape] and i32 [size].
   * @throws ShapeError if the order ends before
   */
  batch(order: Order, start: Varying, size: number): Batch {
    checkAll('batch', { order: [order, anOrder], start: [start, aVarying], size: [size, aCount] });
    const { gpu } = this;
    const first = gpu.varying(() => {
      const at = nowOf(start);
      if (at >= 0 && size >= 1 && at + size <= order.count) return at;
      throw new ShapeError(
        `${this.name}: a batch of ${size} from sample ${at} on, in an order of ${order.count}`,
      );
    });
    const inputs = gpu.empty([size, ...this.shape]);
    const labels = gpu.empty([size], { dtype: 'i32' });
    this.gather(order, first, { inputs, labels });
    const known = knownValues(order.labels)?.subarray(first.now, first.now + size);
    if (known) noteValues(labels, known);
    return { inputs, labels };
  }

  /** Frees the samples. */
  abstract dispose(): void;

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Fills a batch with the samples and labels that stand in the order from `first` on. */
  protected abstract gather(order: Order, first: Varying, into: Batch): void;
}

const anOrder = options({ indices: tensorOf(['u32']), labels: places, count: aCount });

export const aDeviceSet = kind(
  'samples on the GPU: new data.DeviceImages(gpu, set, { mean, std }) or new data.DeviceSamples(gpu, set)',
  (value) => value instanceof DeviceSet,
);
