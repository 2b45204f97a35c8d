/** Every op, one line a file: this is the public `ops`, and what the tests, the docs and the profiler walk. */
export { abs, clamp, exp, gelu, log, neg, relu, sigmoid, sqrt, tanh, where } from './activation';
export { add, div, maximum, mul, pow, sub } from './arithmetic';
export { linear, matmul } from './matmul';
export { argmax, logSumExp, max, mean, sum } from './reduction';
export { concat, flatten, pad, permute, reshape, slice } from './reshape';
