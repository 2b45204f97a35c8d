import type { Kernel } from '../../runtime/kernel';
import forwardSource from '../../shaders/cross_entropy.wgsl';
import backwardSource from '../../shaders/cross_entropy_backward.wgsl';
import meanSource from '../../shaders/cross_entropy_mean.wgsl';
import { kind, oneOf, optional, options } from '../tensor/guard';
import { singles, tensorOf } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { indices, integers, randn, sample, type TensorSpec, values } from './sample';
import { lanesFor } from './softmax';

const forwardKernel: Kernel = { name: 'crossEntropy.forward', source: forwardSource };
const meanKernel: Kernel = { name: 'crossEntropy.mean', source: meanSource };
const backwardKernel: Kernel = { name: 'crossEntropy.backward', source: backwardSource };

/** The label of samples that a loss leaves out where nothing else is said, as in PyTorch. */
export const IGNORE_INDEX = -100;
/** Losses that one workgroup adds up as exactly as several. */
const MEAN_TERMS = 4096;

export interface CrossEntropyOptions {
  /** What becomes of the samples' losses; default 'mean', over the samples that are not ignored. */
  readonly reduction?: 'mean' | 'sum' | 'none';
  /** The label of samples that are left out, any whole number, also a class; default −100. */
  readonly ignoreIndex?: number;
}

type Args = [logits: Tensor, labels: Tensor, options?: CrossEntropyOptions];

const labelled = (title: string, logits: TensorSpec, options?: CrossEntropyOptions) =>
  sample<Args>(title, logits, indices([logits.shape[0]], logits.shape[1]), options);

const aLabel = kind(
  'a whole number from -2147483648 to 2147483647',
  (value) => typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31,
);

type Attrs = Required<CrossEntropyOptions>;

/** The mean of rows' losses over those that are not ignored, and the share that each of them has in it. */
function meanOf(
  k: Kernels,
  losses: Tensor,
  labels: Tensor,
  ignoreIndex: number,
): { output: Tensor; share: Tensor } {
  const [rows] = labels.shape;
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

/**
 * Cross-entropy of a softmax, −log softmax(logits)[n, labels[n]], finite at any finite logits; as torch's cross_entropy.
 * A sample whose label is `ignoreIndex` has the loss 0 and the gradient 0, and does not count in the mean. The mean over
 * ignored samples alone is NaN.
 * Another label outside [0, C) makes its row's loss and gradient NaN, since a kernel cannot throw, and looking at labels
 * would wait for the GPU. `training.fit`, `training.evaluate` and `fisher` check labels that lie on the host; in a loop of
 * your own call `data.checkLabels` when loading them.
 * @param logits [N, C] f32
 * @param labels [N] i32
 * @returns [] for 'mean' and 'sum', [N] for 'none'
 * @throws ShapeError; ArgumentError on an `ignoreIndex` that is no whole number
 */
export const crossEntropy = defineOp({
  name: 'crossEntropy',
  takes: {
    logits: singles,
    labels: tensorOf(['i32'], 'i32 class numbers'),
    options: optional(
      options({ reduction: optional(oneOf('mean', 'sum', 'none')), ignoreIndex: optional(aLabel) }),
    ),
  },
  parse: (...[logits, labels, { reduction = 'mean', ignoreIndex = IGNORE_INDEX } = {}]: Args) => ({
    inputs: [logits, labels] as const,
    attrs: { reduction, ignoreIndex },
  }),
  shape: ({ inputs: [logits, labels], attrs: { reduction } }) => {
    if (logits.shape.length !== 2 || logits.shape[1] === 0 || logits.dtype !== 'f32') {
      throw new ShapeError(`crossEntropy: logits must be f32 [N, C] with C ≥ 1, got ${logits}`);
    }
    const [rows] = logits.shape;
    if (labels.dtype !== 'i32') {
      throw new ShapeError(
        `crossEntropy: labels must be i32 class numbers, got ${labels}; use an Int32Array`,
      );
    }
    if (labels.shape.length !== 1 || labels.shape[0] !== rows) {
      throw new ShapeError(
        `crossEntropy: labels ${formatShape(labels.shape)} for logits ${formatShape(logits.shape)}, expected [${rows}]`,
      );
    }
    if (reduction === 'mean' && rows === 0)
      throw new ShapeError('crossEntropy: no samples to take the mean of');
    return reduction === 'none' ? [rows] : [];
  },
  forward: (k, { inputs: [logits, labels], attrs }) => {
    const [rows, classes] = logits.shape;
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
  },
  backward: (k, { grad, inputs: [logits, labels], attrs: { reduction, ignoreIndex }, saved }) => {
    const { statistics, share = grad } = saved;
    const dx = k.empty(logits.shape);
    k.run(backwardKernel, {
      outputs: [dx],
      inputs: [grad, share, statistics, logits, labels],
      uniforms: {
        count: dx.size,
        classes: logits.shape[1],
        grad_step: reduction === 'none' ? 1 : 0,
        ignore_index: ignoreIndex,
        nan: Number.NaN,
      },
      groups: Math.ceil(dx.size / 64),
      constants: { MEAN: Number(reduction === 'mean') },
    });
    return [dx, undefined];
  },
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
  ],
});
