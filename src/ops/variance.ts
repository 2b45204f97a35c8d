import { aFlag, aNumber, axes, optional, options } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import type { Tensor } from '../tensor/tensor';
import { defineOp, type Op } from './define';
import { type Axes, keptShape, type Reduced, reducedAxes, shapeOfReduction, termsOf } from './reduced';
import { randn, sample, values } from './sample';

/** Options of `var` and `std`. */
export interface VarianceOptions {
  /** The squares are divided by the number of elements less this; default 1, for a variance without bias. */
  readonly correction?: number;
  /** Default false. */
  readonly keepDims?: boolean;
}

type Args = [x: Tensor, axes?: Axes, options?: VarianceOptions];
interface VarianceCall {
  readonly inputs: readonly [Tensor];
  readonly attrs: Reduced & { readonly correction: number };
}

/** Of a sum of squares. */
const scaleOf = (call: VarianceCall): number => 1 / Math.max(0, termsOf(call) - call.attrs.correction);

/**
 * Mean and variance in two passes: squares of what is left after the mean is taken off, less what the mean's rounding adds
 * to them (Chan, Golub & LeVeque 1983, equation 1.7).
 */
function moments(k: Kernels, call: VarianceCall): { mean: Tensor; variance: Tensor } {
  const [x] = call.inputs;
  const { axes } = call.attrs;
  const mean = k.reduce('sum', x, axes, true, 1 / termsOf(call));
  using off = k.elementwise('x - mean', { x, mean });
  using left = k.reduce('sum', off, axes, true);
  using squares = k.elementwise('off * off', { off });
  using sum = k.reduce('sum', squares, axes, true);
  const scalars = { share: 1 / termsOf(call), scale: scaleOf(call) };
  const variance = k.elementwise(
    'max_of(sum - left * left * share, 0.0) * scale',
    { sum, left },
    { scalars },
  );
  return { mean, variance };
}

const defineVariance = (name: string, of: string, gradient: string): Op<Args> =>
  defineOp({
    name,
    takes: {
      x: floats,
      axes: optional(axes),
      options: optional(options({ correction: optional(aNumber), keepDims: optional(aFlag) })),
    },
    parse: (...[x, axes, { correction = 1, keepDims = false } = {}]: Args) => ({
      inputs: [x] as const,
      attrs: { axes: reducedAxes(name, axes, x), keepDims, correction },
    }),
    shape: shapeOfReduction,
    forward: (k, call) => {
      const { mean, variance } = moments(k, call);
      const output = k.elementwise(of, { v: variance }).alias(call.shape);
      return { output, saved: { mean } };
    },
    backward: (k, call) => {
      const kept = keptShape(call);
      const operands = { g: call.grad.alias(kept), y: call.output.alias(kept), x: call.inputs[0] };
      const scalars = { scale: scaleOf(call) };
      return [k.elementwise(gradient, { ...operands, mean: call.saved.mean }, { scalars })];
    },
    samples: () => [
      sample<Args>('all axes', randn([3, 5])),
      sample<Args>('the last axis, biased', randn([4, 7]), -1, { correction: 0 }),
      sample<Args>('two axes, kept', randn([2, 3, 4]), [0, 2], { keepDims: true }),
      sample<Args>('small about a large mean', values([1, 4], [4096.5, 4097.25, 4095.75, 4096]), 1),
    ],
  });

/**
 * Variance over axes, as torch.var: Σ (x − mean)² / (n − correction). NaN of nothing, and of one element where the
 * correction is 1.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.var(gpu.tensor([1, 2, 3, 4])); // → 1.667
 * ops.var(gpu.tensor([1, 2, 3, 4]), 0, { correction: 0 }); // → 1.25
 * ```
 */
export const variance = defineVariance('var', 'v', '2.0 * g * (x - mean) * scale');

/**
 * Standard deviation over axes, √var, as torch.std; its gradient is 0 where all elements are equal.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.std(gpu.tensor([[1, 3], [2, 2]]), 1); // → [1.414, 0]
 * ```
 */
export const std = defineVariance('std', 'sqrt(v)', 'select(g * (x - mean) * scale / y, 0.0, y == 0.0)');
