/** Every op, one line a file: this is the public `ops`, and what the tests, the docs and the profiler walk. */
export { abs, clamp, exp, gelu, log, neg, relu, sigmoid, sqrt, tanh, where } from './activation';
export { add, div, maximum, mul, type Operand, pow, sub } from './arithmetic';
export { type RandomCropOptions, type RandomFlipOptions, randomCrop, randomFlip } from './augment';
export { type BatchNormOptions, batchNorm2d } from './batch-norm';
export { batchNorm } from './batch-norm-any';
export { cast } from './cast';
export { conv1d } from './conv2d/conv1d';
export { conv2d } from './conv2d/conv2d';
export type { Conv1dOptions, Conv2dOptions, ConvOptions, Padding } from './conv2d/define';
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
export { adaptiveAvgPool2d } from './pool/adaptive-avg';
export { type AdaptiveMaxPoolOptions, adaptiveMaxPool2d } from './pool/adaptive-max';
export {
  type AvgPoolOptions,
  avgPool2d,
  globalAvgPool2d,
} from './pool/avg';
export type { IndexOptions, PoolWithIndices } from './pool/indices';
export { adaptiveAvgPool1d, adaptiveMaxPool1d, avgPool1d, maxPool1d } from './pool/line';
export {
  type MaxPoolOptions,
  maxPool2d,
} from './pool/max';
export type { PoolOptions } from './pool/window';
export type { RandomKey } from './random-key';
export { type Axes, argmax, logSumExp, max, mean, sum } from './reduction';
export { concat, flatten, pad, permute, reshape, slice } from './reshape';
export type { Sample, SpecOf, TensorSpec } from './sample';
export { logSoftmax, softmax } from './softmax';
