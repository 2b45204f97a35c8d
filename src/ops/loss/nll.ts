import type { Kernel } from '../../../runtime/kernel';
import forwardSource from '../../../shaders/nll.wgsl';
import backwardSource from '../../../shaders/nll_backward.wgsl';
import { aWholeNumber, optional } from '../../tensor/guard';
import { floats, tensorOf } from '../../tensor/guard-tensor';
import type { Kernels } from '../../tensor/kernels';
import { formatShape, type Shape, ShapeError, sameShape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { IGNORE_INDEX } from '../cross-entropy';
import { defineOp } from '../define';
import { constant, indices, integers, randn, sample, values } from '../sample';
import { type LossOptions, lossTakes, sumOfAll } from './elementwise-loss';

const forwardKernel: Kernel = { name: 'nll.forward', source: forwardSource };
const backwardKernel: Kernel = { name: 'nll.backward', source: backwardSource };

/** Options of `nll`. */
export interface NllOptions extends LossOptions {
  /** A factor for each class, [C]; the mean is divided by those of the labels. It gets no gradient. */
  readonly weight?: Tensor;
  /** The label of what is left out, any whole number of 32 bits; default −100. */
  readonly ignoreIndex?: number;
}

type Args = [input: Tensor, target: Tensor, options?: NllOptions];

/** Classes lie along axis 1, in a sample alone along axis 0. */
function classesOf({ shape }: Tensor): { classes: number; inner: number; labels: Shape } {
  const axis = Math.min(1, shape.length - 1);
  return { classes: shape[axis], inner: sizeOf(shape.slice(axis + 1)), labels: shape.toSpliced(axis, 1) };
}

/** Σ loss / Σ weight; of nothing NaN. */
const MEAN = 'select(a / b, not_a_number(), (a == 0.0) & (b == 0.0))';

/**
 * −weight[c] · input[n, c, …] at c = target[n, …], as torch's nll_loss. What has the label `ignoreIndex` has the loss 0, and
 * does not count in the mean; the mean of nothing is NaN. Another label outside [0, C) makes its loss and gradient NaN, since
 * a kernel cannot throw.
 * @param input logarithms of probabilities, [N, C, …] or [C], f32 or f16
 * @param target labels, [N, …] or [], i32
 * @returns [] for 'mean' and 'sum', the target's shape for 'none'
 * @throws ShapeError
 * @example
 * ```ts
 * const logits = gpu.tensor([[2, 0], [0, 0]]);
 * const labels = gpu.tensor(Int32Array.of(0, 1));
 * ops.nll(ops.logSoftmax(logits), labels); // → 0.4100
 * ```
 */
export const nll = defineOp({
  name: 'nll',
  takes: {
    ...lossTakes({ weight: optional(floats), ignoreIndex: optional(aWholeNumber) }),
    target: tensorOf(['i32'], 'i32 class numbers'),
  },
  parse: (...[input, target, { reduction = 'mean', weight, ignoreIndex = IGNORE_INDEX } = {}]: Args) => ({
    inputs: [input, target, weight] as const,
    attrs: { reduction, ignoreIndex },
  }),
  shape: ({ inputs: [input, target, weight], attrs: { reduction } }) => {
    if (input.shape.length === 0) throw new ShapeError(`nll: input is ${input}, expected [N, C, …] or [C]`);
    const { classes, labels } = classesOf(input);
    if (!sameShape(target.shape, labels))
      throw new ShapeError(
        `nll: target is ${target}, expected ${formatShape(labels)} for input ${formatShape(input.shape)}`,
      );
    if (weight && !sameShape(weight.shape, [classes]))
      throw new ShapeError(`nll: weight is ${weight}, expected [${classes}], a factor for each class`);
    return reduction === 'none' ? labels : [];
  },
  forward: (k: Kernels, { inputs: [input, target, weight], attrs: { reduction, ignoreIndex } }) => {
    const { classes, inner } = classesOf(input);
    const losses = k.empty(target.shape);
    using counted = k.empty(target.shape);
    k.run(forwardKernel, {
      outputs: [losses, counted],
      inputs: [input, target, weight ?? input],
      uniforms: { count: target.size, classes, inner, ignore_index: ignoreIndex, nan: Number.NaN },
      groups: Math.ceil(target.size / 64),
      constants: { WEIGHTED: Number(weight !== undefined) },
    });
    if (reduction === 'none') return { output: losses, saved: undefined };
    using each = losses;
    const sum = sumOfAll(k, each, 1);
    if (reduction === 'sum') return { output: sum, saved: undefined };
    using whole = sum;
    const total = sumOfAll(k, counted, 1);
    return { output: k.elementwise(MEAN, { a: whole, b: total }), saved: total };
  },
  backward: (
    k,
    { grad, inputs: [input, target, weight], attrs: { reduction, ignoreIndex }, saved: total },
  ) => {
    const { classes, inner } = classesOf(input);
    const dx = k.empty(input.shape);
    k.run(backwardKernel, {
      outputs: [dx],
      inputs: [grad, total ?? grad, target, weight ?? grad],
      uniforms: {
        count: dx.size,
        classes,
        inner,
        grad_step: reduction === 'none' ? 1 : 0,
        ignore_index: ignoreIndex,
        nan: Number.NaN,
      },
      groups: Math.ceil(dx.size / 64),
      constants: { WEIGHTED: Number(weight !== undefined), MEAN: Number(reduction === 'mean') },
    });
    return [dx, undefined];
  },
  samples: () => [
    sample<Args>('the mean by default', randn([5, 4]), indices([5], 4)),
    sample<Args>(
      'images, ignored labels, weights',
      randn([2, 3, 2, 2]),
      integers([2, 2, 2], [0, 2, -1, 1, 1, -1, 2, 0]),
      {
        weight: constant(values([3], [0.5, 2, 1])),
        ignoreIndex: -1,
      },
    ),
    sample<Args>('every sample by itself', randn([6, 3]), indices([6], 3), { reduction: 'none' }),
    sample<Args>('a sample alone', randn([4]), integers([], [2]), { reduction: 'sum' }),
  ],
});
