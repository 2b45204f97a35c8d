import nearZero from '../../shaders/snippets/near_zero.wgsl';
import unitFunctions from '../../shaders/snippets/units.wgsl';
import { knowFunctions } from '../tensor/elementwise-imports';
import { aNumber, optional, options } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { awayFromZero, EXTREMES, randn, sample, values } from './sample';
import { defineUnary, ofElements } from './unary';

knowFunctions(nearZero, unitFunctions);

/** Clear of −3, 0 and 3. */
const aroundCorners = values([8], [-40, -3.2, -2.5, -0.4, 0.6, 2.9, 3.5, 40]);

/** Options of `leakyRelu`. */
export interface LeakyReluOptions {
  /** What x is multiplied by where it is negative; default 0.01. */
  readonly negativeSlope?: number;
}

type LeakyReluArgs = [x: Tensor, options?: LeakyReluOptions];

/**
 * x where it is positive, else negativeSlope · x, elementwise; as torch's leaky_relu.
 * @example
 * ```ts
 * ops.leakyRelu(gpu.tensor([-2, 3]), { negativeSlope: 0.1 }); // → [-0.200, 3]
 * ```
 */
export const leakyRelu = defineOp({
  name: 'leakyRelu',
  takes: { x: floats, options: optional(options({ negativeSlope: optional(aNumber) })) },
  parse: (...[x, { negativeSlope = 0.01 } = {}]: LeakyReluArgs) => ({
    inputs: [x] as const,
    attrs: { slope: negativeSlope },
  }),
  ...ofElements('select(slope * x, x, x > 0.0)', 'select(slope * g, g, x > 0.0)'),
  samples: () => [
    sample<LeakyReluArgs>('the slope 0.01 by default', awayFromZero([3, 5])),
    sample<LeakyReluArgs>('a slope', awayFromZero([2, 3, 4, 5]), { negativeSlope: 0.3 }),
  ],
});

/** Options of `elu`. */
export interface EluOptions {
  /** What eˣ − 1 is multiplied by where x is negative; default 1. */
  readonly alpha?: number;
}

type EluArgs = [x: Tensor, options?: EluOptions];

/**
 * x where it is positive, else alpha (eˣ − 1), elementwise (Clevert et al. 2015); as torch's elu.
 * @example
 * ```ts
 * ops.elu(gpu.tensor([-1, 3])); // → [-0.632, 3]
 * ```
 */
export const elu = defineOp({
  name: 'elu',
  takes: { x: floats, options: optional(options({ alpha: optional(aNumber) })) },
  parse: (...[x, { alpha = 1 } = {}]: EluArgs) => ({ inputs: [x] as const, attrs: { alpha } }),
  ...ofElements('select(alpha * expm1_of(x), x, x > 0.0)', 'select(g * (alpha * exp_of(x)), g, x > 0.0)'),
  samples: () => [
    sample<EluArgs>('alpha 1 by default', awayFromZero([3, 5])),
    sample<EluArgs>('alpha', awayFromZero([2, 3, 4, 5]), { alpha: 0.7 }),
    sample<EluArgs>('large values', EXTREMES),
  ],
});

/**
 * x / (1 + e⁻ˣ), elementwise, also called swish (Ramachandran et al. 2017); as torch's silu.
 * @example
 * ```ts
 * ops.silu(gpu.tensor([-1, 1])); // → [-0.269, 0.731]
 * ```
 */
export const silu = defineUnary('silu', 'silu_of(x)', 'g * silu_slope(x)', randn, [EXTREMES]);

/**
 * x · tanh(ln(1 + eˣ)), elementwise (Misra 2019); as torch's mish.
 * @example
 * ```ts
 * ops.mish(gpu.tensor([-1, 1])); // → [-0.303, 0.865]
 * ```
 */
export const mish = defineUnary('mish', 'mish_of(x)', 'g * mish_slope(x)', randn, [EXTREMES]);

/** Options of `softplus`. */
export interface SoftplusOptions {
  /** Default 1. */
  readonly beta?: number;
  /** Where beta · x is larger, the result is x; default 20. */
  readonly threshold?: number;
}

type SoftplusArgs = [x: Tensor, options?: SoftplusOptions];

/**
 * ln(1 + e^(beta x)) / beta, elementwise, without overflow; as torch's softplus.
 * @example
 * ```ts
 * ops.softplus(gpu.tensor([0, 30])); // → [0.693, 30]
 * ```
 */
export const softplus = defineOp({
  name: 'softplus',
  takes: {
    x: floats,
    options: optional(options({ beta: optional(aNumber), threshold: optional(aNumber) })),
  },
  parse: (...[x, { beta = 1, threshold = 20 } = {}]: SoftplusArgs) => ({
    inputs: [x] as const,
    attrs: { beta, threshold },
  }),
  ...ofElements(
    'select(softplus_of(beta * x) / beta, x, beta * x > threshold)',
    'select(g * sigmoid_of(beta * x), g, beta * x > threshold)',
  ),
  samples: () => [
    sample<SoftplusArgs>('beta 1 by default', randn([3, 5])),
    sample<SoftplusArgs>('beta, and a threshold', randn([2, 3, 4, 5]), { beta: 2.5, threshold: 2 }),
    sample<SoftplusArgs>('large values', EXTREMES),
  ],
});

/**
 * x / 6 + ½ limited to [0, 1], elementwise; as torch's hardsigmoid. A NaN stays.
 * @example
 * ```ts
 * ops.hardSigmoid(gpu.tensor([-4, 0, 4])); // → [0, 0.500, 1.000]
 * ```
 */
export const hardSigmoid = defineUnary(
  'hardSigmoid',
  'limited(x + 3.0, 0.0, 6.0) / 6.0',
  'select(0.0, g / 6.0, abs(x) < 3.0)',
  randn,
  [aroundCorners],
);

/**
 * x · hardSigmoid(x), elementwise (Howard et al. 2019); as torch's hardswish. A NaN stays.
 * @example
 * ```ts
 * ops.hardSwish(gpu.tensor([-4, 0, 4])); // → [0, 0, 4.000]
 * ```
 */
export const hardSwish = defineUnary(
  'hardSwish',
  'x * limited(x + 3.0, 0.0, 6.0) / 6.0',
  'select(select(g, g * (x / 3.0 + 0.5), !(x >= 3.0)), 0.0, x < -3.0)',
  randn,
  [aroundCorners],
);
