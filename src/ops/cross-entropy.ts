import type { Kernel } from '../../runtime/kernel';
import forwardSource from '../../shaders/cross_entropy.wgsl';
import backwardSource from '../../shaders/cross_entropy_backward.wgsl';
import meanSource from '../../shaders/cross_entropy_mean.wgsl';
import { DTypeError } from '../tensor/dtype';
import { ArgumentError, kind, oneOf, optional, options } from '../tensor/guard';
import { singles, tensorOf } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, type Shape, ShapeError, sameShape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { rowsOf, type TargetsSaved, targetsGradients, targetsLoss } from './cross-entropy-targets';
import { defineOp } from './define';
import { lanesFor } from './lanes';
import { constant, indices, integers, positive, randn, sample, type TensorSpec, values } from './sample';

const forwardKernel: Kernel = { name: 'crossEntropy.forward', source: forwardSource };
const meanKernel: Kernel = { name: 'crossEntropy.mean', source: meanSource };
const backwardKernel: Kernel = { name: 'crossEntropy.backward', source: backwardSource };

/** The label of samples that a loss leaves out where nothing else is said, as in PyTorch. */
export const IGNORE_INDEX = -100;
/** Losses that one workgroup adds up as exactly as several. */
const MEAN_TERMS = 4096;

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions {
  /** What becomes of the losses; default 'mean', over those that are not ignored, each counting as much as its class weighs. */
  readonly reduction?: 'mean' | 'sum' | 'none';
  /** The label of samples that are left out, any whole number, also a class; default −100. */
  readonly ignoreIndex?: number;
  /** How much each class weighs, [C] f32; default 1. It gets no gradient. */
  readonly weight?: Tensor;
  /** What each target gives away to all classes alike, from 0 to 1; default 0. */
  readonly labelSmoothing?: number;
}

type Args = [logits: Tensor, labels: Tensor, options?: CrossEntropyOptions];

const labelled = (title: string, logits: TensorSpec, options?: Sampled) => {
  const [samples, classes, ...rest] = logits.shape;
  return sample<Args>(title, logits, indices([samples, ...rest], classes), options);
};
type Sampled = Omit<CrossEntropyOptions, 'weight'> & { readonly weight?: TensorSpec };

const aLabel = kind(
  'a whole number from -2147483648 to 2147483647',
  (value) => typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31,
);
const aShare = kind('a number from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1);

type Attrs = Required<Omit<CrossEntropyOptions, 'weight'>>;
type Inputs = readonly [logits: Tensor, labels: Tensor, weight: Tensor | undefined];
interface Saved extends TargetsSaved {
  /** The share that each row has in the mean of labelled rows. */
  readonly share?: Tensor;
}

/** Class numbers of rows [N, C], all classes alike: what the kernels of this file compute. */
const isPlain = ([{ shape }, { dtype }, weight]: Inputs, { labelSmoothing }: Attrs): boolean =>
  dtype === 'i32' && !weight && labelSmoothing === 0 && rowsOf(shape).inner === 1;

/** The mean of rows' losses over those that are not ignored, and the share that each of them has in it. */
function meanOf(
  k: Kernels,
  losses: Tensor,
  labels: Tensor,
  ignoreIndex: number,
): { output: Tensor; share: Tensor } {
  const rows = labels.size;
  const output = k.empty([]);
  const share = k.empty([]);
  const terms = rows <= MEAN_TERMS ? losses : k.reduce('sum', losses, [0]);
  k.run(meanKernel, {
    outputs: [output, share],
    inputs: [terms, labels],
    uniforms: { terms: terms.size, rows, ignore_index: ignoreIndex, nan: Number.NaN },
    groups: 1,
  });
  if (terms !== losses) terms.dispose();
  return { output, share };
}

/** What becomes of the rows' losses; of a mean also the share that each row has in it. */
function reduced(
  k: Kernels,
  losses: Tensor,
  labels: Tensor,
  { reduction, ignoreIndex }: Attrs,
): { output: Tensor; share?: Tensor } {
  if (reduction === 'none') return { output: losses };
  const result =
    reduction === 'sum' ? { output: k.reduce('sum', losses, [0]) } : meanOf(k, losses, labels, ignoreIndex);
  losses.dispose();
  return result;
}

function labelLoss(k: Kernels, [logits, labels]: Inputs, attrs: Attrs): { output: Tensor; saved: Saved } {
  const { rows, classes } = rowsOf(logits.shape);
  const lanes = lanesFor(rows, classes);
  const losses = k.empty([rows]);
  const statistics = k.empty([rows, 2]);
  k.run(forwardKernel, {
    outputs: [losses, statistics],
    inputs: [logits, labels],
    uniforms: { rows, classes, ignore_index: attrs.ignoreIndex, nan: Number.NaN },
    groups: Math.ceil((rows * lanes) / 64),
    constants: { LANES: lanes },
  });
  const { output, share } = reduced(k, losses, labels, attrs);
  return { output, saved: { statistics, share } };
}

function labelGradient(
  k: Kernels,
  grad: Tensor,
  [logits, labels]: Inputs,
  { reduction, ignoreIndex }: Attrs,
  { statistics, share = grad }: Saved,
): Tensor {
  const dx = k.empty(logits.shape);
  k.run(backwardKernel, {
    outputs: [dx],
    inputs: [grad, share, statistics, logits, labels],
    uniforms: {
      count: dx.size,
      classes: rowsOf(logits.shape).classes,
      grad_step: reduction === 'none' ? 1 : 0,
      ignore_index: ignoreIndex,
      nan: Number.NaN,
    },
    groups: Math.ceil(dx.size / 64),
    constants: { MEAN: Number(reduction === 'mean') },
  });
  return dx;
}

/** Shape of the losses before they are reduced: that of logits without the classes. @throws ShapeError, ArgumentError */
function lossesShape([logits, labels, weight]: Inputs, { ignoreIndex }: Attrs): Shape {
  const { shape } = logits;
  const { classes } = rowsOf(shape);
  if (shape.length === 0 || classes === 0) {
    throw new ShapeError(
      `crossEntropy: logits must be f32 [C], [N, C] or [N, C, ...] with C ≥ 1, got ${logits}`,
    );
  }
  const losses = shape.length === 1 ? [] : shape.toSpliced(1, 1);
  // What has all classes is meant as probabilities, and so are numbers with an axis of classes.
  const hasAxis = labels.dtype === 'f32' && labels.shape.length === shape.length;
  const isSoft = hasAxis || sameShape(labels.shape, shape);
  if (labels.dtype !== (isSoft ? 'f32' : 'i32')) {
    throw isSoft
      ? new DTypeError('crossEntropy', 'labels', labels, ['f32'], 'f32 probabilities')
      : new DTypeError('crossEntropy', 'labels', labels, ['i32'], 'i32 class numbers');
  }
  if (!sameShape(labels.shape, isSoft ? shape : losses)) {
    throw new ShapeError(
      `crossEntropy: labels ${formatShape(labels.shape)} for logits ${formatShape(shape)}, expected ${formatShape(isSoft ? shape : losses)}`,
    );
  }
  if (isSoft && ignoreIndex >= 0) {
    throw new ArgumentError(
      'crossEntropy',
      'ignoreIndex',
      `${ignoreIndex}`,
      'none beside probabilities, where no sample has a label; weigh the class by 0',
    );
  }
  if (weight && !sameShape(weight.shape, [classes])) {
    throw new ShapeError(
      `crossEntropy: weight ${formatShape(weight.shape)} for logits ${formatShape(shape)}, expected one number a class, [${classes}]`,
    );
  }
  return losses;
}

/**
 * Cross-entropy of a softmax, −log softmax(logits)[n, labels[n]], finite at any finite logits; as torch's cross_entropy.
 * A sample whose label is `ignoreIndex` has the loss 0 and the gradient 0, and does not count in the mean. The mean over
 * ignored samples alone is NaN, as is that of no samples.
 * Another label outside [0, C) makes its row's loss and gradient NaN, since a kernel cannot throw, and looking at labels
 * would wait for the GPU. `training.fit`, `training.evaluate` and `fisher` check labels that lie on the host; in a loop of
 * your own call `data.checkLabels` when loading them.
 * @param logits [N, C] f32; [N, C, d₁, ...] for a loss at each position, [C] for one sample
 * @param labels class numbers, i32, [N] ([N, d₁, ...], []); or probabilities of all classes, f32, of the logits' shape
 * @returns [] for 'mean' and 'sum', for 'none' of the shape of class numbers
 * @throws ShapeError; ArgumentError on an `ignoreIndex` that is no whole number, or is a class beside probabilities
 * @example
 * ```ts
 * const logits = gpu.tensor([[0, Math.log(3)], [0, 0]]); // shares 1/4 and 3/4, 1/2 and 1/2
 * ops.crossEntropy(logits, gpu.tensor(Int32Array.of(1, -100))); // → 0.288
 * ```
 */
export const crossEntropy = defineOp({
  name: 'crossEntropy',
  takes: {
    logits: singles,
    labels: tensorOf(['i32', 'f32'], 'i32 class numbers or f32 probabilities'),
    options: optional(
      options({
        reduction: optional(oneOf('mean', 'sum', 'none')),
        ignoreIndex: optional(aLabel),
        weight: optional(singles),
        labelSmoothing: optional(aShare),
      }),
    ),
  },
  parse: (...[logits, labels, options = {}]: Args): { inputs: Inputs; attrs: Attrs } => {
    const { reduction = 'mean', ignoreIndex = IGNORE_INDEX, weight, labelSmoothing = 0 } = options;
    return { inputs: [logits, labels, weight], attrs: { reduction, ignoreIndex, labelSmoothing } };
  },
  shape: ({ inputs, attrs }) => {
    const losses = lossesShape(inputs, attrs);
    return attrs.reduction === 'none' ? losses : [];
  },
  forward: (k, { inputs, attrs, shape }): { output: Tensor; saved: Saved } => {
    const { output, saved } = (isPlain(inputs, attrs) ? labelLoss : targetsLoss)(k, inputs, attrs);
    if (sameShape(output.shape, shape)) return { output, saved };
    const shaped = output.alias(shape);
    output.dispose();
    return { output: shaped, saved };
  },
  backward: (k, { grad, inputs, attrs, saved, needs }) =>
    isPlain(inputs, attrs)
      ? [labelGradient(k, grad, inputs, attrs, saved), undefined, undefined]
      : targetsGradients(k, grad, inputs, attrs, saved, needs),
  samples: () => [
    labelled('the mean by default', randn([5, 4])),
    labelled('the sum', randn([3, 10]), { reduction: 'sum' }),
    labelled('every sample by itself', randn([6, 3]), { reduction: 'none' }),
    labelled('one sample', randn([1, 10])),
    labelled('more classes than a workgroup has threads', randn([3, 150])),
    labelled('more samples than a workgroup has threads', randn([70, 2]), { reduction: 'none' }),
    sample<Args>('ignored labels', randn([6, 4]), integers([6], [2, -100, 0, -100, -100, 3])),
    sample<Args>('ignored labels, every sample by itself', randn([3, 4]), integers([3], [-100, 1, -100]), {
      reduction: 'none',
    }),
    labelled('a class ignored', randn([7, 3]), { ignoreIndex: 1 }),
    labelled('large logits', values([2, 3], [1000, 1001, 999.5, -1000, -1001, -990])),
    sample<Args>('one sample without a batch', randn([4]), integers([], [2])),
    labelled('classes of different weight', randn([5, 4]), {
      weight: constant(positive([4])),
      ignoreIndex: 3,
    }),
    labelled('smoothed labels, more classes than a workgroup has threads', randn([2, 130]), {
      labelSmoothing: 0.2,
      reduction: 'sum',
    }),
    labelled('images, weighted and smoothed', randn([2, 3, 2, 2]), {
      weight: constant(positive([3])),
      labelSmoothing: 0.1,
      ignoreIndex: 0,
    }),
    labelled('images, every pixel by itself', randn([2, 3, 1, 5]), { reduction: 'none' }),
    sample<Args>('probabilities', randn([3, 4]), positive([3, 4])),
    sample<Args>('probabilities of images, weighted and smoothed', randn([2, 3, 2]), positive([2, 3, 2]), {
      weight: constant(positive([3])),
      labelSmoothing: 0.3,
      reduction: 'none',
    }),
  ],
});
