import geluFunctions from '../../shaders/snippets/gelu.wgsl';
import { knowFunctions } from '../tensor/elementwise-imports';
import { oneOf, optional, options } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { EXTREMES, randn, sample } from './sample';

knowFunctions(geluFunctions);

/** Options of `gelu`. */
export interface GeluOptions {
  /** Default 'none': the exact Φ. 'tanh': x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³))). */
  readonly approximate?: 'none' | 'tanh';
}

type Args = [x: Tensor, options?: GeluOptions];

const FORMULAS = {
  none: { forward: 'gelu_of(x)', backward: 'g * gelu_slope(x)' },
  tanh: { forward: 'gelu_tanh_of(x)', backward: 'g * gelu_tanh_slope(x)' },
} as const;

/**
 * Gaussian error linear unit x · Φ(x), elementwise, with the exact Φ or an approximation (Hendrycks & Gimpel 2016); as
 * torch's gelu. x: any shape, f32 or f16.
 * @example
 * ```ts
 * ops.gelu(gpu.tensor([-1, 1])); // → [-0.1587, 0.8413]
 * ops.gelu(gpu.tensor([-1, 1]), { approximate: 'tanh' }); // → [-0.1588, 0.8412]
 * ```
 * @example
 * ```ts
 * ops.gelu(gpu.tensor([0, 1])); // → [0.000, 0.841]
 * ```
 */
export const gelu = defineOp({
  name: 'gelu',
  takes: { x: floats, options: optional(options({ approximate: optional(oneOf('none', 'tanh')) })) },
  parse: (...[x, { approximate = 'none' } = {}]: Args) => ({ inputs: [x] as const, attrs: { approximate } }),
  shape: ({ inputs: [x] }) => x.shape,
  forward: (k, { inputs: [x], attrs: { approximate } }) =>
    k.elementwise(FORMULAS[approximate].forward, { x }),
  backward: (k, { grad: g, inputs: [x], attrs: { approximate } }) => [
    k.elementwise(FORMULAS[approximate].backward, { g, x }),
  ],
  samples: () => [
    sample<Args>('a matrix of odd size', randn([3, 5])),
    sample<Args>('four axes', randn([2, 3, 4, 5])),
    sample<Args>('large values', EXTREMES),
    sample<Args>('by a hyperbolic tangent', randn([3, 5]), { approximate: 'tanh' }),
    sample<Args>('by a hyperbolic tangent, large values', EXTREMES, { approximate: 'tanh' }),
  ],
});
