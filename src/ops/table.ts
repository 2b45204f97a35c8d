/** Every op, one line a file: this is the public `ops`, and what the tests, the docs and the profiler walk. */
export { abs, clamp, exp, gelu, log, neg, relu, sigmoid, sqrt, tanh, where } from './activation';
export { add, div, maximum, mul, type Operand, pow, sub } from './arithmetic';
export { type RandomCropOptions, type RandomFlipOptions, randomCrop, randomFlip } from './augment';
export { type BatchNormOptions, batchNorm, batchNorm2d } from './batch-norm';
export { cast } from './cast';
export {
  type Conv1dOptions,
  type Conv2dOptions,
  type ConvOptions,
  conv1d,
  conv2d,
  type Padding,
} from './conv2d/conv2d';
export {
  type ConvTranspose1dOptions,
  type ConvTranspose2dOptions,
  type ConvTransposeOptions,
  convTranspose1d,
  convTranspose2d,
} from './conv2d/transpose';
export { type CrossEntropyOptions, crossEntropy } from './cross-entropy';
export type { Activated, Op, OpRecord } from './define';
export { type DropoutOptions, dropout } from './dropout';
export { embedding, gather, oneHot } from './indexing';
export { cholesky, logDet, solveTriangular } from './linalg';
export type { TriangularOptions } from './linalg-kernels';
export { linear } from './matmul/linear';
export { matmul } from './matmul/matmul';
export type { MatmulOptions } from './matmul/problem';
export type { Pair, Single } from './pair';
export type { OutputSize } from './pool/adaptive';
export {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
  globalAvgPool2d,
} from './pool/avg';
export {
  type AdaptiveMaxPoolOptions,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  type MaxPoolOptions,
  maxPool1d,
  maxPool2d,
  type PoolWithIndices,
} from './pool/max';
export type { PoolOptions } from './pool/window';
export type { RandomKey } from './random-key';
export { type Axes, argmax, logSumExp, max, mean, sum } from './reduction';
export { concat, flatten, pad, permute, reshape, slice } from './reshape';
export type { Sample, SpecOf, TensorSpec } from './sample';
export { logSoftmax, softmax } from './softmax';
