/** Every op, one line a file: this is the public `ops`, and what the tests, the docs and the profiler walk. */
export { abs, clamp, exp, gelu, log, neg, relu, sigmoid, sqrt, tanh, where } from './activation';
export { add, div, maximum, mul, type Operand, pow, sub } from './arithmetic';
export { type AttentionOptions, scaledDotProductAttention } from './attention';
export { type RandomCropOptions, type RandomFlipOptions, randomCrop, randomFlip } from './augment';
export { type BatchNormOptions, batchNorm2d } from './batch-norm';
export { cast } from './cast';
export { type Conv2dOptions, conv2d } from './conv2d/conv2d';
export { type CrossEntropyOptions, crossEntropy } from './cross-entropy';
export type { Activated, Op, OpRecord } from './define';
export { type DropoutOptions, dropout } from './dropout';
export { einsum } from './einsum';
export { type EmbeddingOptions, embedding, gather, oneHot } from './indexing';
export { type InterpolateOptions, interpolate, pixelShuffle, pixelUnshuffle } from './interpolate';
export { cholesky, logDet, solveTriangular } from './linalg';
export type { TriangularOptions } from './linalg-kernels';
export { linear } from './matmul/linear';
export { matmul } from './matmul/matmul';
export type { MatmulOptions } from './matmul/problem';
export {
  type GroupNormOptions,
  groupNorm,
  type InstanceNormOptions,
  instanceNorm,
  type LayerNormOptions,
  layerNorm,
  type RmsNormOptions,
  rmsNorm,
} from './norms';
export type { Pair } from './pair';
export { type AvgPoolOptions, avgPool2d, globalAvgPool2d, maxPool2d, type PoolOptions } from './pool';
export type { RandomKey } from './random-key';
export { type Axes, argmax, logSumExp, max, mean, sum } from './reduction';
export { concat, flatten, pad, permute, reshape, slice } from './reshape';
export type { Sample, SpecOf, TensorSpec } from './sample';
export { logSoftmax, softmax } from './softmax';
