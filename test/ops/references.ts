import type { Activated } from '../../src/ops/define';
import type { GeluOptions } from '../../src/ops/gelu';
import * as arrange from '../reference/arrange';
import { einsum, scaledDotProductAttention } from '../reference/attention';
import { randomCrop, randomFlip } from '../reference/augment';
import * as comparison from '../reference/comparison';
import * as conv from '../reference/conv';
import * as elementwise from '../reference/elementwise';
import * as functions from '../reference/functions';
import { embedding, gather, oneHot } from '../reference/indexing';
import { interpolate, pixelShuffle, pixelUnshuffle } from '../reference/interpolate';
import * as linalg from '../reference/linalg';
import { crossEntropy, logSoftmax, softmax } from '../reference/loss';
import * as losses from '../reference/losses';
import * as matmul from '../reference/matmul';
import { batchNorm2d, groupNorm, instanceNorm, layerNorm, rmsNorm } from '../reference/norm';
import * as pool from '../reference/pool';
import * as reduce from '../reference/reduce';
import { type Ref, scalar } from '../reference/ref';
import * as scattering from '../reference/scatter';
import * as shape from '../reference/shape';
import * as sorting from '../reference/sort';
import type { Reference } from './harness';
import { joinedRefs } from './table';

const { abs, exp, log, neg, relu, sigmoid, sqrt, tanh } = elementwise;
const { geluByTanh, ...ofElements } = functions;
const unary = { abs, exp, log, neg, relu, sigmoid, sqrt, tanh, ...ofElements };

const gelu = (x: Ref, { approximate = 'none' }: GeluOptions = {}): Ref =>
  approximate === 'tanh' ? geluByTanh(x) : elementwise.gelu(x);

const withNumbers =
  (binary: (a: Ref, b: Ref) => Ref): Reference =>
  (a: Ref | number, b: Ref | number) =>
    binary(typeof a === 'number' ? scalar(a) : a, typeof b === 'number' ? scalar(b) : b);

const activated = (x: Ref, { activation }: Activated = {}): Ref => (activation === 'relu' ? relu(x) : x);

/** A convolution under the engine's signature, also of lines. */
const convolution =
  (axes: 1 | 2): Reference =>
  (x: Ref, weight: Ref, options: conv.ConvCall & Activated = {}) =>
    activated(conv.convCall(axes)(x, weight, options), options);

const linear = (x: Ref, weight: Ref, bias?: Ref, options?: Activated): Ref =>
  activated(matmul.linear(x, weight, bias), options);

/** The f64 twin of every op of the table, called with the same arguments. */
export const references: Readonly<Record<string, Reference>> = {
  ...unary,
  ...comparison,
  ...losses,
  gelu,
  clamp: elementwise.clamp,
  where: elementwise.where,
  add: withNumbers(elementwise.add),
  sub: withNumbers(elementwise.sub),
  mul: withNumbers(elementwise.mul),
  div: withNumbers(elementwise.div),
  pow: withNumbers(elementwise.pow),
  maximum: withNumbers(elementwise.maximum),
  minimum: withNumbers(elementwise.minimum),
  sum: reduce.sum,
  mean: reduce.mean,
  max: reduce.max,
  min: reduce.min,
  prod: reduce.prod,
  var: reduce.variance,
  std: reduce.std,
  any: reduce.any,
  all: reduce.all,
  logSumExp: reduce.logSumExp,
  argmax: reduce.argmax,
  cumsum: sorting.cumsum,
  argsort: sorting.argsort,
  sort: joinedRefs(sorting.sort),
  topk: joinedRefs(sorting.topk),
  reshape: shape.reshape,
  flatten: shape.flatten,
  permute: shape.permute,
  concat: shape.concat,
  slice: shape.slice,
  pad: shape.pad,
  squeeze: arrange.squeeze,
  unsqueeze: arrange.unsqueeze,
  transpose: arrange.transpose,
  stack: arrange.stack,
  split: joinedRefs(arrange.split),
  chunk: joinedRefs(arrange.chunk),
  expand: arrange.expand,
  repeat: arrange.repeat,
  flip: arrange.flip,
  roll: arrange.roll,
  tril: arrange.tril,
  triu: arrange.triu,
  diag: arrange.diag,
  cast: (x: Ref) => x,
  conv1d: convolution(1),
  conv2d: convolution(2),
  convTranspose1d: conv.convTransposeCall(1),
  convTranspose2d: conv.convTransposeCall(2),
  matmul: matmul.matmul,
  linear,
  cholesky: linalg.cholesky,
  logDet: linalg.logDet,
  solveTriangular: linalg.solveTriangular,
  batchNorm: batchNorm2d,
  batchNorm2d,
  groupNorm,
  instanceNorm,
  layerNorm,
  rmsNorm,
  scaledDotProductAttention,
  einsum,
  interpolate,
  pixelShuffle,
  pixelUnshuffle,
  softmax,
  logSoftmax,
  crossEntropy,
  maxPool1d: pool.maxPoolCall(1),
  maxPool2d: pool.maxPoolCall(2),
  avgPool1d: pool.avgPoolCall(1),
  avgPool2d: pool.avgPoolCall(2),
  adaptiveMaxPool1d: pool.adaptiveCall(1, pool.largest),
  adaptiveMaxPool2d: pool.adaptiveCall(2, pool.largest),
  adaptiveAvgPool1d: pool.adaptiveCall(1, pool.meanOf),
  adaptiveAvgPool2d: pool.adaptiveCall(2, pool.meanOf),
  globalAvgPool2d: pool.globalAvgPool2d,
  embedding,
  gather,
  ...scattering,
  oneHot,
  randomCrop,
  randomFlip,
  dropout: (x: Ref) => x,
};
