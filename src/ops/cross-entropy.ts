import type { Kernel } from '../../runtime/kernel';
import forwardSource from '../../shaders/cross_entropy.wgsl';
import backwardSource from '../../shaders/cross_entropy_backward.wgsl';
import { oneOf, optional, options } from '../tensor/guard';
import { singles, tensorOf } from '../tensor/guard-tensor';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { indices, randn, sample, type TensorSpec, values } from './sample';
import { lanesFor } from './softmax';

const forwardKernel: Kernel = { name: 'crossEntropy.forward', source: forwardSource };
const backwardKernel: Kernel = { name: 'crossEntropy.backward', source: backwardSource };

export interface CrossEntropyOptions {
  /** What becomes of the samples' losses; default 'mean'. */
  readonly reduction?: 'mean' | 'sum' | 'none';
}

type Args = [logits: Tensor, labels: Tensor, options?: CrossEntropyOptions];

const labelled = (title: string, logits: TensorSpec, options?: CrossEntropyOptions) =>
  sample<Args>(title, logits, indices([logits.shape[0]], logits.shape[1]), options);

/**
 * Cross-entropy of a softmax, −log softmax(logits)[n, labels[n]], finite at any finite logits.
 * A label outside [0, C) makes its row's loss and gradient NaN, since a kernel cannot throw: check labels when
 * loading them, and the loss when reading it.
 * @param logits [N, C] f32
 * @param labels [N] i32
 * @returns [] for 'mean' and 'sum', [N] for 'none'
 * @throws ShapeError
 */
export const crossEntropy = defineOp({
  name: 'crossEntropy',
  takes: {
    logits: singles,
    labels: tensorOf(['i32'], 'i32 class numbers'),
    options: optional(options({ reduction: optional(oneOf('mean', 'sum', 'none')) })),
  },
  parse: (...[logits, labels, { reduction = 'mean' } = {}]: Args) => ({
    inputs: [logits, labels] as const,
    attrs: { reduction },
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
  forward: (k, { inputs: [logits, labels], attrs: { reduction } }) => {
    const [rows, classes] = logits.shape;
    const lanes = lanesFor(rows, classes);
    const losses = k.empty([rows]);
    const statistics = k.empty([rows, 2]);
    k.run(forwardKernel, {
      outputs: [losses, statistics],
      inputs: [logits, labels],
      uniforms: { rows, classes, nan: Number.NaN },
      groups: Math.ceil((rows * lanes) / 64),
      constants: { LANES: lanes },
    });
    if (reduction === 'none') return { output: losses, saved: statistics };
    const output = k.reduce('sum', losses, [0], false, reduction === 'mean' ? 1 / rows : 1);
    losses.dispose();
    return { output, saved: statistics };
  },
  backward: (k, { grad, inputs: [logits, labels], attrs: { reduction }, saved: statistics }) => {
    const dx = k.empty(logits.shape);
    const [rows, classes] = logits.shape;
    const scale = reduction === 'mean' ? 1 / rows : 1;
    k.run(backwardKernel, {
      outputs: [dx],
      inputs: [grad, statistics, logits, labels],
      uniforms: {
        count: dx.size,
        classes,
        grad_step: reduction === 'none' ? 1 : 0,
        scale,
        nan: Number.NaN,
      },
      groups: Math.ceil(dx.size / 64),
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
    labelled('large logits', values([2, 3], [1000, 1001, 999.5, -1000, -1001, -990])),
  ],
});
