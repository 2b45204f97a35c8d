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
