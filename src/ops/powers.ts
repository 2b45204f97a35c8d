import { awayFromZero, positive, randn } from './sample';
import { defineUnary } from './unary';

/**
 * 1 / √x, elementwise; ±∞ at 0, NaN below.
 * @example
 * ```ts
 * ops.rsqrt(gpu.tensor([4, 0.25])); // → [0.500, 2.000]
 * ```
 */
export const rsqrt = defineUnary('rsqrt', '1.0 / sqrt(x)', '-0.5 * g * y * y * y', positive);
/**
 * 1 / x, elementwise.
 * @example
 * ```ts
 * ops.reciprocal(gpu.tensor([4, 0.5])); // → [0.250, 2.000]
 * ```
 */
export const reciprocal = defineUnary('reciprocal', '1.0 / x', '-g * y * y', awayFromZero);
/**
 * x², elementwise.
 * @example
 * ```ts
 * ops.square(gpu.tensor([-3, 0.5])); // → [9, 0.25]
 * ```
 */
export const square = defineUnary('square', 'x * x', 'g * (2.0 * x)', randn);
