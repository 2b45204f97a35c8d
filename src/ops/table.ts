/** Every op, one line a file: this is the public `ops`, and what the tests, the docs and the profiler walk. */
export { abs, clamp, exp, gelu, log, neg, relu, sigmoid, sqrt, tanh, where } from './activation';
export { add, div, maximum, mul, pow, sub } from './arithmetic';
export { randomCrop, randomFlip } from './augment';
export { batchNorm2d } from './batch-norm';
export { cast } from './cast';
export { conv2d } from './conv2d/conv2d';
export { crossEntropy } from './cross-entropy';
export { dropout } from './dropout';
export { embedding, gather, oneHot } from './indexing';
export { cholesky, logDet, solveTriangular } from './linalg';
export { linear } from './matmul/linear';
export { matmul } from './matmul/matmul';
export { avgPool2d, globalAvgPool2d, maxPool2d } from './pool';
export { argmax, logSumExp, max, mean, sum } from './reduction';
export { concat, flatten, pad, permute, reshape, slice } from './reshape';
export { logSoftmax, softmax } from './softmax';
