import { aSplit, type Split } from '../tasks/task';
import { aCount, aNumber, checkAll } from '../tensor/guard';
import { Random } from '../tensor/random';
import { aDeviceSet, type DeviceSet, type Order } from './device-set';

/** Stream of the seed that orders the samples of epoch 0; later epochs follow. */
const ORDER_STREAM = 0x6f726400;

/**
 * The order of a split's samples in an epoch: the same for a seed, whenever it is asked for. Overwrites `into`, an order
 * of the same split, where given.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(7, 8, 9), labels: [0, 1, 0], shape: [1] });
 * const order = training.epochOrder(new data.DeviceSamples(gpu, set), data.whole(set), 0, 1);
 * [...(await order.indices.data())].sort(); // → [0, 1, 2]
 * ```
 */
export function epochOrder(
  images: DeviceSet,
  split: Split,
  seed: number,
  epoch: number,
  into?: Order,
): Order {
  checkAll('epochOrder', {
    images: [images, aDeviceSet],
    split: [split, aSplit],
    seed: [seed, aNumber],
    epoch: [epoch, aCount],
  });
  const permutation = new Random(seed, ORDER_STREAM + epoch).permutation(split.indices.length);
  const indices = Uint32Array.from(permutation, (i) => split.indices[i]);
  const labels = Int32Array.from(permutation, (i) => split.labels[i]);
  return images.order(indices, labels, into);
}

/** A split in its own order. */
export const givenOrder = (images: DeviceSet, { indices, labels }: Split): Order =>
  images.order(Uint32Array.from(indices), Int32Array.from(labels));

/** Which samples are in a batch: all batches but the last one of an epoch are of one size. */
export interface Sizes {
  /** Samples of a batch. */
  readonly batchSize: number;
  /** Whether a last batch of fewer samples is left out; default false: it has what is left. */
  readonly dropLast?: boolean;
}

/** Number of batches in an epoch. */
export const batchCount = ({ indices }: Pick<Split, 'indices'>, { batchSize, dropLast }: Sizes): number =>
  dropLast ? Math.floor(indices.length / batchSize) : Math.ceil(indices.length / batchSize);
