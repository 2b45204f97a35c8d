import { strayLabel } from '../data/images';
import { hasTargets, type TargetSplit } from '../data/targets';
import type { Module } from '../nn/module';
import { IGNORE_INDEX } from '../ops/cross-entropy';
import type { Split } from '../tasks/task';
import type { Tensor } from '../tensor/tensor';
import { StrayLabelError, TrainingError } from './errors';

/** Labels on the host, and what is called with them. */
export interface Given {
  /** As in 'task 2, seed 0'. */
  readonly what: string;
  readonly labels: ArrayLike<number>;
  /** Number of the first label's sample; default 0. */
  readonly first?: number;
  /** Labels of a sample; default 1. */
  readonly each?: number;
  /** What to do about a label that is right. */
  readonly remedy: string;
}

/** @throws StrayLabelError at the first label that is neither a class from 0 to `classes` − 1 nor −100 */
export function checkTargets({ what, labels, first = 0, each = 1, remedy }: Given, classes: number): void {
  const stray = strayLabel(labels, classes, IGNORE_INDEX);
  const sample = first + Math.floor(stray / each);
  if (stray >= 0) throw new StrayLabelError(what, labels[stray], sample, classes, remedy);
}

/** 1 for a label that counts, 0 for −100, in the shape of the labels. */
export const countedLabels = (labels: Tensor): Tensor =>
  labels.gpu.kernels.elementwise(`select(1.0, 0.0, label == ${IGNORE_INDEX})`, { label: labels });

/** 1 for a sample that counts, 0 for one whose labels are all −100; [N] f32. */
export function countedOf(labels: Tensor): Tensor {
  const counted = countedLabels(labels);
  return labels.shape.length === 1 ? counted : labels.gpu.kernels.reduce('max', counted, [1]);
}

/** Number of samples that are not ignored. */
export function countTargets(labels: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < labels.length; i++) count += Number(labels[i] !== IGNORE_INDEX);
  return count;
}

/** @throws TrainingError on a split without images, or whose images are all ignored */
export function checkNotEmpty(what: string, split: Split | TargetSplit): void {
  if (split.indices.length === 0) throw new TrainingError(`${what}: the split has no images`);
  if (hasTargets(split) || countTargets(split.labels) > 0) return;
  throw new TrainingError(
    `${what}: the split has no images that count: all labels are ${IGNORE_INDEX}; give some a class`,
  );
}

/** Hands logits on, the first ones only once the splits' labels were checked to be among their classes. */
export function checkedLogits(splits: ReadonlyMap<string, Split>): (logits: Tensor) => Tensor {
  let isChecked = false;
  const remedy = 'give the network more outputs';
  return (logits) => {
    const [, classes] = logits.shape;
    // Logits of another shape are the loss's to refuse.
    if (!isChecked && logits.shape.length === 2)
      for (const [what, { labels }] of splits) checkTargets({ what, labels, remedy }, classes);
    isChecked = true;
    return logits;
  };
}

/**
 * Runs the first step of a run. Should it be refused, running statistics, which its forward pass may have moved by then, are
 * as they were before.
 */
export function makeFirstStep(net: Module, step: () => void): void {
  const learnt = new Set(net.parameters().values());
  const buffers = [...net.stateDict().values()].filter((tensor) => !learnt.has(tensor));
  const copies = buffers.map((x) => x.gpu.kernels.elementwise('x', { x }));
  try {
    step();
  } catch (error) {
    for (const [i, into] of buffers.entries()) into.gpu.kernels.elementwise('x', { x: copies[i] }, { into });
    throw error;
  } finally {
    for (const copy of copies) copy.dispose();
  }
}
