import type { Split } from '../tasks/task';
import { aCount, aFlag, aNumber, checkAll, options as fields, optional } from '../tensor/guard';
import type { Batch } from './batch';
import { aDeviceSet, type DeviceSet, disposeOrder, type Order } from './device-set';
import { batchCount, epochOrder, givenOrder, type Sizes } from './epoch-order';
import { DataError } from './errors';
import { aPart, hasTargets, type TargetBatch, type TargetSplit, TargetTable } from './targets';

export interface BatchesOptions extends Sizes {
  /** Orders the samples, as `training.fit` does by its seed; left out, they come in the split's own order. */
  readonly seed?: number;
  /** Which order of the seed, from 0; default 0. */
  readonly epoch?: number;
}

const batchesOptions = fields({
  batchSize: aCount,
  dropLast: optional(aFlag),
  seed: optional(aNumber),
  epoch: optional(aCount),
});

/**
 * Batches of a part of a set on the GPU, for `for await`. Inputs are f32 [n, ...shape], labels i32 [n]; a part with targets gives `{ inputs, targets }`, f32 [n, ...targetShape].
 * The tensors of a batch are freed when the loop goes on or ends, by `break` or an error, too: what they are needed for has
 * to be done before, `backward` included. Nothing waits for the GPU.
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: Float32Array.of(1, 2, 3), labels: [0, 1, 0], shape: [1] });
 * const samples = new data.DeviceSamples(gpu, set);
 * const seen: number[] = [];
 * for await (const { inputs, labels } of data.batches(samples, data.whole(set), { batchSize: 2 })) {
 *   seen.push(labels.size, ...(await inputs.data()));
 * }
 * seen; // → [2, 1, 2, 1, 3]
 * ```
 * @throws DataError `DATA_SPLIT` on no sample, or no whole batch where the last is dropped; `DATA_INDEX`; ShapeError
 */
export function batches(samples: DeviceSet, split: Split, options: BatchesOptions): AsyncGenerator<Batch>;
export function batches(
  samples: DeviceSet,
  split: TargetSplit,
  options: BatchesOptions,
): AsyncGenerator<TargetBatch>;
export function batches(
  samples: DeviceSet,
  split: Split | TargetSplit,
  options: BatchesOptions,
): AsyncGenerator<Batch> | AsyncGenerator<TargetBatch> {
  checkAll('batches', {
    samples: [samples, aDeviceSet],
    split: [split, aPart],
    options: [options, batchesOptions],
  });
  const { batchSize } = options;
  if (batchSize < 1 || batchCount(split, options) === 0) {
    throw new DataError('DATA_SPLIT', {
      file: samples.name,
      expected: 'at least one batch of at least 1 sample',
      found: `${split.indices.length} samples for batches of ${batchSize}`,
    });
  }
  return hasTargets(split) ? targetBatches(samples, split, options) : labelBatches(samples, split, options);
}

async function* labelBatches(
  samples: DeviceSet,
  split: Split,
  options: BatchesOptions,
): AsyncGenerator<Batch> {
  const { batchSize, seed, epoch = 0 } = options;
  const steps = batchCount(split, options);
  let order: Order | undefined;
  try {
    order = seed === undefined ? givenOrder(samples, split) : epochOrder(samples, split, seed, epoch);
    for (let step = 0; step < steps; step++) {
      const start = step * batchSize;
      const batch = samples.batch(order, start, Math.min(batchSize, order.count - start));
      try {
        yield batch;
      } finally {
        batch.inputs.dispose();
        batch.labels.dispose();
      }
      await samples.gpu.pace();
    }
  } finally {
    if (order) disposeOrder(order);
  }
}

async function* targetBatches(
  samples: DeviceSet,
  split: TargetSplit,
  options: BatchesOptions,
): AsyncGenerator<TargetBatch> {
  const table = new TargetTable(samples.gpu, samples.name, split);
  try {
    for await (const { inputs, labels } of labelBatches(samples, table.rows, options)) {
      using targets = table.at(labels);
      yield { inputs, targets };
    }
  } finally {
    table.dispose();
  }
}
