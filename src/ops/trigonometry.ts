import trigonometry from '../../shaders/snippets/trigonometry.wgsl';
import { knowFunctions } from '../tensor/elementwise-imports';
import { randn, values } from './sample';
import { defineUnary } from './unary';

knowFunctions(trigonometry);

const large = values([5], [-1e4, -30, 3, 12.5, 5e5]);

/**
 * Sine of an angle in radians, elementwise, with all digits of any f32; NaN of infinities.
 * @example
 * ```ts
 * ops.sin(gpu.tensor([0, Math.PI / 2])); // → [0, 1.000]
 * ```
 */
export const sin = defineUnary('sin', 'sin_of(x)', 'g * cos_of(x)', randn, [large]);
/**
 * Cosine of an angle in radians, elementwise, with all digits of any f32; NaN of infinities.
 * @example
 * ```ts
 * ops.cos(gpu.tensor([0, Math.PI])); // → [1, -1.000]
 * ```
 */
export const cos = defineUnary('cos', 'cos_of(x)', '-g * sin_of(x)', randn, [large]);
/**
 * Tangent of an angle in radians, elementwise, with all digits of any f32; NaN of infinities.
 * @example
 * ```ts
 * ops.tan(gpu.tensor([0, Math.PI / 4])); // → [0, 1.000]
 * ```
 */
export const tan = defineUnary('tan', 'tan_of(x)', 'g * (1.0 + y * y)', randn, [
  values([4], [-0.7, 0.3, 2.5, 40]),
]);
