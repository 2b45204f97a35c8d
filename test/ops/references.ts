import * as elementwise from '../reference/elementwise';
import * as matmul from '../reference/matmul';
import * as reduce from '../reference/reduce';
import { type Ref, scalar } from '../reference/ref';
import * as shape from '../reference/shape';
import type { Reference } from './harness';

const { abs, exp, gelu, log, neg, relu, sigmoid, sqrt, tanh } = elementwise;
const unary = { abs, exp, gelu, log, neg, relu, sigmoid, sqrt, tanh };

const withNumbers =
  (binary: (a: Ref, b: Ref) => Ref): Reference =>
  (a: Ref | number, b: Ref | number) =>
    binary(typeof a === 'number' ? scalar(a) : a, typeof b === 'number' ? scalar(b) : b);

/** The f64 twin of every op of the table, called with the same arguments. */
export const references: Readonly<Record<string, Reference>> = {
  ...unary,
  clamp: elementwise.clamp,
  where: elementwise.where,
  add: withNumbers(elementwise.add),
  sub: withNumbers(elementwise.sub),
  mul: withNumbers(elementwise.mul),
  div: withNumbers(elementwise.div),
  pow: withNumbers(elementwise.pow),
  maximum: withNumbers(elementwise.maximum),
  sum: reduce.sum,
  mean: reduce.mean,
  max: reduce.max,
  logSumExp: reduce.logSumExp,
  argmax: reduce.argmax,
  reshape: shape.reshape,
  flatten: shape.flatten,
  permute: shape.permute,
  concat: shape.concat,
  slice: shape.slice,
  pad: shape.pad,
  matmul: matmul.matmul,
  linear: matmul.linear,
};
