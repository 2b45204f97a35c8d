import * as ops from '../../src/ops/table';
import { sigmoidAt, softplusAt } from '../reference/sigmoid';
import type { Subject, Values } from './precision';

const ROOT = 2 * Math.sqrt(2 / Math.PI);
/** The exponent of the approximate gelu, and its slope. */
const tanhExponent = (x: number): number => ROOT * (x + 0.044715 * x ** 3);
const exponentSlope = (x: number): number => ROOT * (1 + 3 * 0.044715 * x ** 2);
/** y (1 − y) for y = sigmoid(x). */
const sigmoidSlope = (x: number): number => sigmoidAt(x) * sigmoidAt(-x);
const share = (x: number): number => Math.tanh(softplusAt(x));
/** 1 − share(x)², without cancelling: 1 / cosh². */
const shareRest = (x: number): number => 1 / Math.cosh(softplusAt(x)) ** 2;

type Rule = Omit<Subject, 'op' | 'operands'>;
/** A function with its slope, and what the slope is a sum of. */
const rule = (value: Subject['value'], slope?: Subject['value'], terms?: Subject['value']): Rule => ({
  value,
  slopes: slope && [slope],
  terms,
});

/** The elementwise functions of one tensor that came later, over the values. */
export function furtherSubjects(x: Values): Record<string, Subject> {
  const positive = x.map(Math.abs);
  const aboveMinusOne = x.map((v) => (v > -1 ? v : -v));
  return {
    sin: { op: ops.sin, operands: [x], ...rule(Math.sin, Math.cos) },
    cos: { op: ops.cos, operands: [x], ...rule(Math.cos, (v) => -Math.sin(v)) },
    tan: { op: ops.tan, operands: [x], ...rule(Math.tan, (v) => 1 / Math.cos(v) ** 2) },
    rsqrt: {
      op: ops.rsqrt,
      // The slope of smaller ones leaves the range of f32.
      operands: [positive.map((v) => Math.max(v, 2 ** -84))],
      ...rule(
        (v) => 1 / Math.sqrt(v),
        (v) => -0.5 / (v * Math.sqrt(v)),
      ),
    },
    reciprocal: { op: ops.reciprocal, operands: [x], ...rule((v) => 1 / v) },
    log1p: { op: ops.log1p, operands: [aboveMinusOne], ...rule(Math.log1p, (v) => 1 / (1 + v)) },
    expm1: { op: ops.expm1, operands: [x], ...rule(Math.expm1, Math.exp) },
    elu: {
      op: (v) => ops.elu(v),
      operands: [x],
      ...rule(
        (v) => (v > 0 ? v : Math.expm1(v)),
        (v) => (v > 0 ? 1 : Math.exp(v)),
      ),
    },
    silu: {
      op: ops.silu,
      operands: [x],
      ...rule(
        (v) => v * sigmoidAt(v),
        (v) => sigmoidAt(v) + v * sigmoidSlope(v),
        (v) => sigmoidAt(v) + Math.abs(v) * sigmoidSlope(v),
      ),
    },
    mish: {
      op: ops.mish,
      operands: [x],
      ...rule(
        (v) => v * share(v),
        (v) => share(v) + v * shareRest(v) * sigmoidAt(v),
        (v) => share(v) + Math.abs(v) * shareRest(v) * sigmoidAt(v),
      ),
    },
    softplus: { op: (v) => ops.softplus(v), operands: [x], ...rule(softplusAt, sigmoidAt) },
    'gelu by tanh': {
      op: (v) => ops.gelu(v, { approximate: 'tanh' }),
      operands: [x],
      ...rule(
        (v) => v * sigmoidAt(tanhExponent(v)),
        (v) => sigmoidAt(tanhExponent(v)) + v * sigmoidSlope(tanhExponent(v)) * exponentSlope(v),
        (v) => sigmoidAt(tanhExponent(v)) + Math.abs(v) * sigmoidSlope(tanhExponent(v)) * exponentSlope(v),
      ),
    },
  };
}
