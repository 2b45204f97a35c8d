import nearZero from '../../shaders/snippets/near_zero.wgsl';
import { knowFunctions } from '../tensor/elementwise-imports';
import { positive, randn, values } from './sample';
import { defineUnary } from './unary';

knowFunctions(nearZero);

const small = values([6], [-1e-4, -1e-7, 1e-10, 1e-7, 1e-4, 0.3]);

/**
 * ln(1 + x), elementwise, with all digits where x is small; −∞ at −1, NaN below.
 * @example
 * ```ts
 * ops.log1p(gpu.tensor([0, 1e-10])); // → [0, 0.0000000001000]
 * ```
 */
export const log1p = defineUnary('log1p', 'log1p_of(x)', 'g / (1.0 + x)', positive, [small]);
/**
 * eˣ − 1, elementwise, with all digits where x is small.
 * @example
 * ```ts
 * ops.expm1(gpu.tensor([0, 1])); // → [0, 1.718]
 * ```
 */
export const expm1 = defineUnary('expm1', 'expm1_of(x)', 'g * exp_of(x)', randn, [small]);
