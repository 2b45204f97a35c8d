/** Every op, one line a file: this is the public `ops`, and what the tests, the docs and the profiler walk. */
export { abs, clamp, exp, log, neg, relu, sigmoid, sqrt, tanh, where } from './activation';
export { add, div, maximum, minimum, mul, type Operand, pow, sub } from './arithmetic';
export { type AttentionOptions, scaledDotProductAttention } from './attention';
export { type RandomCropOptions, type RandomFlipOptions, randomCrop, randomFlip } from './augment';
export { type BatchNormOptions, batchNorm2d } from './batch-norm';
export { batchNorm } from './batch-norm-any';
export type { Border } from './border';
export { cast } from './cast';
export { eq, ge, gt, isNan, le, logicalAnd, logicalNot, logicalOr, lt, ne } from './comparison';
export { concat, stack } from './concat';
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
export { cumsum } from './cumsum';
export type { Activated, Op, OpRecord } from './define';
export { type DropoutOptions, dropout } from './dropout';
export { einsum } from './einsum';
export { expand, repeat } from './expand';
export { gather } from './gather';
export { type GeluOptions, gelu } from './gelu';
export { type EmbeddingOptions, embedding, oneHot } from './indexing';
export { type InterpolateOptions, interpolate, pixelShuffle, pixelUnshuffle } from './interpolate';
export { cholesky, logDet, solveTriangular } from './linalg';
export type { TriangularOptions } from './linalg-kernels';
export { type BceOptions, type BceWithLogitsOptions, bce, bceWithLogits } from './loss/bce';
export { type CosineSimilarityOptions, cosineSimilarity } from './loss/cosine-similarity';
export { type HuberOptions, huber, l1, mse, type SmoothL1Options, smoothL1 } from './loss/difference';
export type { LossOptions } from './loss/elementwise-loss';
export { type KlDivOptions, klDiv } from './loss/kl-div';
export { type NllOptions, nll } from './loss/nll';
export { maskedFill } from './masked-fill';
export { linear } from './matmul/linear';
export { matmul } from './matmul/matmul';
export type { MatmulOptions } from './matmul/problem';
export { expm1, log1p } from './near-zero';
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
export { type PadOptions, pad } from './pad';
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
export { reciprocal, rsqrt, square } from './powers';
export { prod } from './product';
export type { RandomKey } from './random-key';
export type { Axes, ReductionArgs } from './reduced';
export { argmax, logSumExp, max, mean, min, sum } from './reduction';
export { flatten, permute, reshape, slice } from './reshape';
export { flip, roll } from './roll';
export type { Sample, SpecOf, TensorSpec } from './sample';
export { indexAdd, scatter, scatterAdd } from './scatter';
export { logSoftmax, softmax } from './softmax';
export { softmin } from './softmin';
export { argsort, type Sorted, sort, topk } from './sort';
export { chunk, split } from './split';
export { ceil, floor, type RoundOptions, round, sign } from './steps';
export { diag, tril, triu } from './triangle';
export { cos, sin, tan } from './trigonometry';
export { all, any } from './truth';
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
export { std, type VarianceOptions, variance as var } from './variance';
export { squeeze, transpose, unsqueeze } from './views';
