import type { Kernel } from '../../runtime/kernel';
import forwardSource from '../../shaders/cross_entropy_targets.wgsl';
import backwardSource from '../../shaders/cross_entropy_targets_backward.wgsl';
import type { Kernels } from '../tensor/kernels';
import { type Shape, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { lanesFor } from './lanes';

const forwardKernel: Kernel = { name: 'crossEntropy.targets', source: forwardSource };
const backwardKernel: Kernel = { name: 'crossEntropy.targetsBackward', source: backwardSource };

/** Logits [N, C, inner] as rows of classes. */
export interface Rows {
  readonly rows: number;
  readonly classes: number;
  /** Elements from one class of a row to the next. */
  readonly inner: number;
}

export const rowsOf = (logits: Shape): Rows => {
  const [samples, classes, ...rest] = logits.length === 1 ? [1, ...logits] : logits;
  const inner = sizeOf(rest);
  return { rows: samples * inner, classes, inner };
};

/** What a loss is computed of. */
type Inputs = readonly [logits: Tensor, targets: Tensor, weight: Tensor | undefined];

interface Attrs {
  readonly reduction: 'mean' | 'sum' | 'none';
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;
}

/** What the backward rule reads of a forward pass. */
export interface TargetsSaved {
  readonly statistics: Tensor;
  /** What all rows count together; only of a mean. */
  readonly total?: Tensor;
}

const constantsOf = ([, targets, weight]: Inputs) => ({
  SOFT: Number(targets.dtype === 'f32'),
  WEIGHTED: Number(weight !== undefined),
});

/** A target keeps so much of itself, and each class has so much of what it loses. */
const smoothed = (classes: number, labelSmoothing: number) => ({
  keep: 1 - labelSmoothing,
  spread: labelSmoothing / classes,
});

/** Cross-entropy with any targets: smoothed labels, shares of classes, classes of different weight, along any axis. */
export function targetsLoss(
  k: Kernels,
  inputs: Inputs,
  { reduction, ignoreIndex, labelSmoothing }: Attrs,
): { output: Tensor; saved: TargetsSaved } {
  const [logits, targets, weight = logits] = inputs;
  const { rows, classes, inner } = rowsOf(logits.shape);
  const lanes = lanesFor(rows, classes);
  const [losses, masses, statistics] = [k.empty([rows]), k.empty([rows]), k.empty([rows, 4])];
  k.run(forwardKernel, {
    outputs: [losses, masses, statistics],
    inputs: [logits, targets, weight],
    uniforms: {
      rows,
      classes,
      inner,
      ignore_index: ignoreIndex,
      ...smoothed(classes, labelSmoothing),
      nan: Number.NaN,
    },
    groups: Math.ceil((rows * lanes) / 64),
    constants: { LANES: lanes, ...constantsOf(inputs) },
  });
  if (reduction === 'none') {
    masses.dispose();
    return { output: losses, saved: { statistics } };
  }
  const sum = k.reduce('sum', losses, [0]);
  losses.dispose();
  if (reduction === 'sum') {
    masses.dispose();
    return { output: sum, saved: { statistics } };
  }
  const total = k.reduce('sum', masses, [0]);
  masses.dispose();
  const output = k.elementwise('sum / total', { sum, total });
  sum.dispose();
  return { output, saved: { statistics, total } };
}

/** Gradients of logits and of shares of classes, where they are needed. */
export function targetsGradients(
  k: Kernels,
  grad: Tensor,
  inputs: Inputs,
  { reduction, labelSmoothing }: Attrs,
  { statistics, total }: TargetsSaved,
  needs: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const [logits, targets, weight = logits] = inputs;
  const { classes, inner } = rowsOf(logits.shape);
  const slope = total ? k.elementwise('g / total', { g: grad, total }) : grad;
  const gradient = (toTargets: boolean): Tensor => {
    const dx = k.empty(logits.shape);
    k.run(backwardKernel, {
      outputs: [dx],
      inputs: [slope, statistics, logits, targets, weight],
      uniforms: {
        count: dx.size,
        classes,
        inner,
        grad_step: reduction === 'none' ? 1 : 0,
        ...smoothed(classes, labelSmoothing),
      },
      groups: Math.ceil(dx.size / 64),
      constants: { ...constantsOf(inputs), TO_TARGETS: Number(toTargets) },
    });
    return dx;
  };
  return [needs[0] ? gradient(false) : undefined, needs[1] ? gradient(true) : undefined];
}
