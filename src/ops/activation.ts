import { aNumber, optional } from '../tensor/guard';
import { floats, words } from '../tensor/guard-tensor';
import { broadcastShapes } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp, RELU_GRADIENT } from './define';
import { awayFromZero, EXTREMES, indices, positive, randn, sample } from './sample';
import { defineUnary, ofElements } from './unary';

/**
 * −x, elementwise.
 * @example
 * ```ts
 * ops.neg(gpu.tensor([1, -2])); // → [-1, 2]
 * ```
 */
export const neg = defineUnary('neg', '-x', '-g', randn);
/**
 * eˣ, elementwise.
 * @example
 * ```ts
 * ops.exp(gpu.tensor([0, 1])); // → [1.000, 2.718]
 * ```
 */
export const exp = defineUnary('exp', 'exp_of(x)', 'g * y', randn);
/**
 * Natural logarithm, elementwise; −∞ at 0, NaN below.
 * @example
 * ```ts
 * ops.log(gpu.tensor([1, Math.E])); // → [0.000, 1.000]
 * ```
 */
export const log = defineUnary('log', 'log_of(x)', 'g / x', positive);
/**
 * √x, elementwise.
 * @example
 * ```ts
 * ops.sqrt(gpu.tensor([4, 9])); // → [2.000, 3.000]
 * ```
 */
export const sqrt = defineUnary('sqrt', 'sqrt(x)', '0.5 * g / y', positive);
/**
 * |x|, elementwise; its gradient at 0 and NaN is 0, as in PyTorch.
 * @example
 * ```ts
 * ops.abs(gpu.tensor([-3, 2])); // → [3, 2]
 * ```
 */
export const abs = defineUnary('abs', 'abs(x)', 'g * sign_of(x)', awayFromZero);
/**
 * Rectified linear unit, max(x, 0), elementwise; a NaN stays and passes its gradient on.
 * @example
 * ```ts
 * ops.relu(gpu.tensor([-1, 2])); // → [0, 2]
 * ```
 */
export const relu = defineUnary('relu', 'max_of(x, 0.0)', RELU_GRADIENT, awayFromZero);
/**
 * 1 / (1 + e⁻ˣ), elementwise, without overflow.
 * @example
 * ```ts
 * ops.sigmoid(gpu.tensor([0, Math.log(3)])); // → [0.500, 0.750]
 * ```
 */
export const sigmoid = defineUnary('sigmoid', 'sigmoid_of(x)', 'g * sigmoid_slope(x)', randn, [EXTREMES]);
/**
 * Hyperbolic tangent, elementwise, without overflow.
 * @example
 * ```ts
 * ops.tanh(gpu.tensor([0, 1])); // → [0.000, 0.762]
 * ```
 */
export const tanh = defineUnary('tanh', 'tanh_of(x)', 'g * tanh_slope(x)', randn, [EXTREMES]);

type ClampArgs = readonly [x: Tensor, min?: number, max?: number];
type WhereArgs = readonly [condition: Tensor, a: Tensor, b: Tensor];

/**
 * Limits x to [min, max], elementwise; the gradient outside is 0. Either limit may be left out. A NaN stays.
 * @example
 * ```ts
 * ops.clamp(gpu.tensor([-2, 0, 9]), -1, 1); // → [-1, 0, 1]
 * ```
 */
export const clamp = defineOp({
  name: 'clamp',
  takes: { x: floats, min: optional(aNumber), max: optional(aNumber) },
  parse: (...[x, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY]: ClampArgs) => ({
    inputs: [x] as const,
    attrs: { low: min, high: max },
  }),
  ...ofElements('limited(x, low, high)', 'select(0.0, g, is_within(x, low, high))'),
  samples: () => [
    sample<ClampArgs>('both limits', randn([4, 5]), -0.5, 0.7),
    sample<ClampArgs>('only a lower limit', randn([4, 5]), 0.1),
  ],
});

/**
 * Elements of a where `condition` is not 0, of b elsewhere; all three broadcast.
 * @example
 * ```ts
 * ops.where(gpu.tensor(Int32Array.of(1, 0)), gpu.tensor([1, 2]), gpu.tensor([8, 9])); // → [1, 9]
 * ```
 */
export const where = defineOp({
  name: 'where',
  takes: { condition: words, a: floats, b: floats },
  parse: (...[condition, a, b]: WhereArgs) => ({ inputs: [condition, a, b] as const, attrs: {} }),
  shape: ({ inputs }) => broadcastShapes('where', ...inputs.map((input) => input.shape)),
  forward: (k, { inputs: [condition, a, b] }) =>
    k.elementwise('select(b, a, is_true(f32(condition)))', { condition, a, b }),
  backward: (k, { grad: g, inputs: [condition, a, b], needs }) => [
    undefined,
    needs[1]
      ? k.sumTo(k.elementwise('select(0.0, g, is_true(f32(condition)))', { g, condition }), a.shape)
      : undefined,
    needs[2]
      ? k.sumTo(k.elementwise('select(g, 0.0, is_true(f32(condition)))', { g, condition }), b.shape)
      : undefined,
  ],
  samples: () => [
    sample<WhereArgs>('equal shapes', indices([3, 4], 2), randn([3, 4]), randn([3, 4])),
    sample<WhereArgs>('broadcast', indices([3, 1], 2), randn([3, 4]), randn([4])),
  ],
});
