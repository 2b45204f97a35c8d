import { mul, sub } from './elementwise';
import { mean } from './reduce';
import { at, build, type Ref, ref } from './ref';

export interface BatchNormOptions {
  /** [C]; 1 when left out. */
  weight?: Ref;
  /** [C]; 0 when left out. */
  bias?: Ref;
  eps?: number;
}

/** Per-channel mean and biased variance over all other axes of input [N, C, ...]. */
function batchStatistics(input: Ref): { mean: Ref; variance: Ref } {
  const axes = input.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const centre = mean(input, axes, true);
  const deviation = sub(input, centre);
  return { mean: mean(input, axes), variance: mean(mul(deviation, deviation), axes) };
}

function normalise(
  input: Ref,
  centre: Ref,
  variance: Ref,
  { weight, bias, eps = 1e-5 }: BatchNormOptions,
): Ref {
  return build(input.shape, (index) => {
    const c = index[1];
    const normal = (at(input, index) - centre.data[c]) / Math.sqrt(variance.data[c] + eps);
    return normal * (weight ? weight.data[c] : 1) + (bias ? bias.data[c] : 0);
  });
}

/** Batch norm in training: the batch's own mean and biased variance. input [N, C, ...]. */
export function batchNorm2dTrain(input: Ref, options: BatchNormOptions = {}): Ref {
  const statistics = batchStatistics(input);
  return normalise(input, statistics.mean, statistics.variance, options);
}

/** Batch norm in evaluation: the running mean and variance, both [C]. */
export function batchNorm2dEval(
  input: Ref,
  runningMean: Ref,
  runningVar: Ref,
  options: BatchNormOptions = {},
): Ref {
  return normalise(input, runningMean, runningVar, options);
}

/** Running statistics after a training step: old · (1 − momentum) + batch · momentum, variance unbiased. */
export function updateRunningStatistics(
  input: Ref,
  runningMean: Ref,
  runningVar: Ref,
  momentum = 0.1,
): { runningMean: Ref; runningVar: Ref } {
  const statistics = batchStatistics(input);
  const count = input.data.length / input.shape[1];
  const blend = (old: Ref, fresh: Ref, scale: number) =>
    ref(
      old.shape,
      old.data.map((v, c) => (1 - momentum) * v + momentum * scale * fresh.data[c]),
    );
  return {
    runningMean: blend(runningMean, statistics.mean, 1),
    runningVar: blend(runningVar, statistics.variance, count / (count - 1)),
  };
}

export interface BatchNormCall extends BatchNormOptions {
  runningMean?: Ref;
  runningVar?: Ref;
  training?: boolean;
}

/** Either mode, under the engine's signature. */
export function batchNorm2d(
  input: Ref,
  { runningMean, runningVar, training, ...affine }: BatchNormCall = {},
): Ref {
  if (training) return batchNorm2dTrain(input, affine);
  if (!runningMean || !runningVar) throw new Error('evaluation needs running statistics');
  return batchNorm2dEval(input, runningMean, runningVar, affine);
}

export interface RowNormOptions {
  /** Of the shape that is normalised, or [C]. */
  weight?: Ref;
  bias?: Ref;
  eps?: number;
}

/** Rows of `length` values made to have mean 0 and variance 1; with `rms` only their mean square becomes 1. */
function normaliseRows(x: Ref, length: number, eps: number, rms = false): Ref {
  const rows = x.data.length / Math.max(1, length);
  const out = ref(x.shape, x.data);
  for (let r = 0; r < rows; r++) {
    const row = x.data.subarray(r * length, (r + 1) * length);
    const centre = rms ? 0 : row.reduce((a, b) => a + b, 0) / length;
    const variance = row.reduce((total, value) => total + (value - centre) ** 2, 0) / length;
    row.forEach((value, i) => {
      out.data[r * length + i] = (value - centre) / Math.sqrt(variance + eps);
    });
  }
  return out;
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const listOf = (shape: number | readonly number[]): readonly number[] =>
  typeof shape === 'number' ? [shape] : shape;

function scaled(normal: Ref, { weight, bias }: RowNormOptions, numberOf: (i: number) => number): Ref {
  const data = normal.data.map((value, i) => {
    const c = numberOf(i);
    return value * (weight ? weight.data[c] : 1) + (bias ? bias.data[c] : 0);
  });
  return ref(normal.shape, data);
}

/** torch's F.layer_norm over the last axes. */
export function layerNorm(x: Ref, shape: number | readonly number[], options: RowNormOptions = {}): Ref {
  const length = product(listOf(shape));
  return scaled(normaliseRows(x, length, options.eps ?? 1e-5), options, (i) => i % length);
}

/** torch's F.rms_norm over the last axes. */
export function rmsNorm(x: Ref, shape: number | readonly number[], options: RowNormOptions = {}): Ref {
  const length = product(listOf(shape));
  return scaled(normaliseRows(x, length, options.eps ?? 2 ** -23, true), options, (i) => i % length);
}

/** torch's F.group_norm of [N, C, ...]. */
export function groupNorm(x: Ref, groups: number, options: RowNormOptions = {}): Ref {
  const [, channels, ...plane] = x.shape;
  const length = (channels / groups) * product(plane);
  const channelOf = (i: number) => Math.floor(i / product(plane)) % channels;
  return scaled(normaliseRows(x, length, options.eps ?? 1e-5), options, channelOf);
}

export interface InstanceNormCall extends RowNormOptions {
  runningMean?: Ref;
  runningVar?: Ref;
  useInputStats?: boolean;
}

/** torch's F.instance_norm of [N, C, L, ...]. */
export function instanceNorm(x: Ref, { runningMean, runningVar, ...options }: InstanceNormCall = {}): Ref {
  const { useInputStats = true, eps = 1e-5 } = options;
  if (useInputStats || !runningMean || !runningVar) return groupNorm(x, x.shape[1], options);
  const channelOf = (i: number) => Math.floor(i / product(x.shape.slice(2))) % x.shape[1];
  const normal = x.data.map((value, i) => {
    const c = channelOf(i);
    return (value - runningMean.data[c]) / Math.sqrt(runningVar.data[c] + eps);
  });
  return scaled(ref(x.shape, normal), options, channelOf);
}
