import { awayFromZero, positive, randn } from './sample';
import { defineUnary } from './unary';

/** 1 / √x, elementwise; ±∞ at 0, NaN below. */
export const rsqrt = defineUnary('rsqrt', '1.0 / sqrt(x)', '-0.5 * g * y * y * y', positive);
/** 1 / x, elementwise. */
export const reciprocal = defineUnary('reciprocal', '1.0 / x', '-g * y * y', awayFromZero);
/** x², elementwise. */
export const square = defineUnary('square', 'x * x', 'g * (2.0 * x)', randn);
