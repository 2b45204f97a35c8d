/** Every op, one line a file: this is the public `ops`, and what the tests, the docs and the profiler walk. */
export { abs, clamp, exp, log, neg, relu, sigmoid, sqrt, tanh, where } from './activation';
export { add, div, maximum, minimum, mul, type Operand, pow, sub } from './arithmetic';
export { type RandomCropOptions, type RandomFlipOptions, randomCrop, randomFlip } from './augment';
export { type BatchNormOptions, batchNorm2d } from './batch-norm';
export { cast } from './cast';
export { eq, ge, gt, isNan, le, logicalAnd, logicalNot, logicalOr, lt, ne } from './comparison';
export { type Conv2dOptions, conv2d } from './conv2d/conv2d';
export { type CrossEntropyOptions, crossEntropy } from './cross-entropy';
export type { Activated, Op, OpRecord } from './define';
export { type DropoutOptions, dropout } from './dropout';
export { type GeluOptions, gelu } from './gelu';
export { embedding, gather, oneHot } from './indexing';
export { cholesky, logDet, solveTriangular } from './linalg';
export type { TriangularOptions } from './linalg-kernels';
export { type BceOptions, type BceWithLogitsOptions, bce, bceWithLogits } from './loss/bce';
export { type CosineSimilarityOptions, cosineSimilarity } from './loss/cosine-similarity';
export { type HuberOptions, huber, l1, mse, type SmoothL1Options, smoothL1 } from './loss/difference';
export type { LossOptions } from './loss/elementwise-loss';
export { type KlDivOptions, klDiv } from './loss/kl-div';
export { type NllOptions, nll } from './loss/nll';
export { linear } from './matmul/linear';
export { matmul } from './matmul/matmul';
export type { MatmulOptions } from './matmul/problem';
export { expm1, log1p } from './near-zero';
export type { Pair } from './pair';
export { type AvgPoolOptions, avgPool2d, globalAvgPool2d, maxPool2d, type PoolOptions } from './pool';
export { reciprocal, rsqrt, square } from './powers';
export type { RandomKey } from './random-key';
export { type Axes, argmax, logSumExp, max, mean, sum } from './reduction';
export { concat, flatten, pad, permute, reshape, slice } from './reshape';
export type { Sample, SpecOf, TensorSpec } from './sample';
export { logSoftmax, softmax } from './softmax';
export { softmin } from './softmin';
export { ceil, floor, type RoundOptions, round, sign } from './steps';
export { cos, sin, tan } from './trigonometry';
export {
  type EluOptions,
  elu,
  hardSigmoid,
  hardSwish,
  type LeakyReluOptions,
  leakyRelu,
  mish,
  type SoftplusOptions,
  silu,
  softplus,
} from './units';
