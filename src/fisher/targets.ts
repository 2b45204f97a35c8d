import { IGNORE_INDEX } from '../ops/cross-entropy';
import type { Gpu } from '../tensor/gpu';
import { knownValues } from '../tensor/host-values';
import { formatShape, ShapeError, sameShape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { checkTargets, countTargets } from '../training/labels';
import { FisherError } from './errors';

/** Other labels, with −100 where that was given. */
export const stillIgnored = (labels: Tensor, given: Tensor): Tensor =>
  labels.gpu.kernels.elementwise(
    `select(label, given, given == ${IGNORE_INDEX})`,
    { label: labels, given },
    { dtype: 'i32' },
  );

/** Number of outputs in what a network gave. @throws ShapeError unless that is logits [N, C] or [N, T, C] */
export function outputsOf(op: string, { shape, dtype }: Tensor): number {
  if (shape.length === 2 || shape.length === 3) return shape[shape.length - 1];
  throw new ShapeError(
    `${op}: the network gave ${dtype}${formatShape(shape)}, expected logits [N, C], or [N, T, C] of sequences`,
  );
}

/** @throws ShapeError unless there is a label for each row of logits */
export function checkRows(op: string, labels: Tensor, logits: Tensor): void {
  const expected = logits.shape.slice(0, -1);
  if (sameShape(labels.shape, expected)) return;
  const rows =
    expected.length === 1 ? `${expected[0]} rows of logits` : `logits ${formatShape(logits.shape)}`;
  throw new ShapeError(
    `${op}: labels ${formatShape(labels.shape)} for ${rows}, expected ${formatShape(expected)}`,
  );
}

/** Labels of each sample. */
export const tokensOf = ({ shape, size }: Tensor): number => size / Math.max(1, shape[0]);

/**
 * Checks the labels of a batch where the host knows them, as of those that `gpu.tensor` and `DeviceImages` made.
 * @param first number of the batch's first sample
 * @param classes that the labels may name; undefined where the labels are not read
 * @returns samples that count, as far as the host knows
 * @throws StrayLabelError on a label that is neither a class nor −100
 */
export function checkKnown(op: string, labels: Tensor, first: number, classes: number | undefined): number {
  const known = knownValues(labels);
  if (!known) return labels.size;
  if (classes !== undefined)
    checkTargets(
      { what: op, labels: known, first, each: tokensOf(labels), remedy: "pass the task's number of classes" },
      classes,
    );
  return countTargets(known);
}

/** @param seen samples that there were, all of them ignored */
export function emptyError(op: string, seen: number): FisherError {
  if (seen === 0) return new FisherError(`${op}: there are no samples; give at least one batch`);
  return new FisherError(
    `${op}: there are no samples that count: all labels are ${IGNORE_INDEX}; give some a class`,
  );
}

/** Counts samples on the GPU, where their labels are. */
export class SampleCount {
  readonly total: Tensor;

  constructor(gpu: Gpu) {
    this.total = gpu.zeros([]);
  }

  /** Adds those of a batch that count, [N]; with `isWhole` one for all of them. */
  add(counted: Tensor, isWhole = false): void {
    const { kernels: k } = counted.gpu;
    using own = k.reduce('sum', counted, [0]);
    k.elementwise(isWhole ? 'old + min(own, 1.0)' : 'old + own', { own }, { into: this.total });
  }

  /** Waits for the GPU. @throws FisherError if there is none */
  async read(op: string, seen: number): Promise<number> {
    const count = await this.total.item();
    if (count === 0) throw emptyError(op, seen);
    return count;
  }

  dispose(): void {
    this.total.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
