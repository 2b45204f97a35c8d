import { aSplit, type Split } from '../tasks/task';
import type { Gpu } from '../tensor/gpu';
import { type Check, options } from '../tensor/guard';
import { formatShape, ShapeError, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { gatherRows } from './gather-rows';
import { floatArray, indexArray, sampleShape } from './guard';
import type { Targets } from './samples';

/** Samples of a set with their targets, in training order. */
export interface TargetSplit extends Targets {
  /** [n] positions in the set. */
  readonly indices: Uint32Array;
}

/** Samples of one forward pass, and what the outputs should be. */
export interface TargetBatch {
  /** [N, ...], what the network takes. */
  readonly inputs: Tensor;
  /** [N, ...targetShape] f32 */
  readonly targets: Tensor;
}

export const hasTargets = (split: Split | TargetSplit): split is TargetSplit => 'targets' in split;

/**
 * The targets of a split on the GPU. What orders and batches a split by its labels does so with targets: the label of a
 * sample is then the row that its target has here.
 */
export class TargetTable {
  /** The split with rows as labels. */
  readonly rows: Split;
  private readonly shape: readonly number[];
  private readonly table: Tensor;

  /** @throws ShapeError unless there is a target for each sample */
  constructor(gpu: Gpu, what: string, { indices, targets, targetShape }: TargetSplit) {
    const width = sizeOf(targetShape);
    if (targets.length !== indices.length * width) {
      throw new ShapeError(
        `${what}: ${targets.length} target values for ${indices.length} samples, expected ${width} each, which are ${formatShape(targetShape)}`,
      );
    }
    this.rows = { indices, labels: Int32Array.from(indices.keys()) };
    this.shape = targetShape;
    this.table = gpu.tensor(new Float32Array(targets), [indices.length, width]);
  }

  /** Targets of a batch [n, ...targetShape] by their rows [n]. */
  at(rows: Tensor): Tensor {
    const { gpu } = this.table;
    const targets = gpu.empty([rows.size, ...this.shape]);
    using labels = gpu.empty([rows.size], { dtype: 'i32' });
    gatherRows(this.table, { indices: rows, labels: rows }, 0, { rows: targets, labels });
    return targets;
  }

  dispose(): void {
    this.table.dispose();
  }
}

const aTargetSplit: Check = options({
  indices: indexArray,
  targets: floatArray,
  targetShape: sampleShape,
});
/** A part of a set, with labels or targets. */
export const aPart: Check = (call, name, value) => {
  const isOfTargets = typeof value === 'object' && value !== null && 'targets' in value;
  (isOfTargets ? aTargetSplit : aSplit)(call, name, value);
};
