import { batchCount, type Sizes } from '../data/epoch-order';
import type { TargetSplit } from '../data/targets';
import type { Module } from '../nn/module';
import type { Split } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import { TrainingError } from './errors';
import { checkNotEmpty } from './labels';

/** Number of batches in a split. @throws TrainingError */
export function countSteps(name: string, split: Split | TargetSplit, sizes: Sizes): number {
  const { batchSize } = sizes;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new TrainingError(`${name}: the batch size is ${batchSize}, expected a whole number of at least 1`);
  }
  checkNotEmpty(name, split);
  const steps = batchCount(split, sizes);
  if (steps > 0) return steps;
  const { length } = split.indices;
  throw new TrainingError(
    `${name}: dropLast leaves no batch of ${batchSize} in ${length} samples; choose a smaller batchSize`,
  );
}

/** The GPU that holds a network's parameters. */
export function gpuOf(net: Module): Gpu {
  for (const { gpu } of net.stateDict().values()) return gpu;
  throw new TrainingError('the network has no parameters or buffers');
}
