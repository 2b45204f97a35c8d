import { aCount, aFlag, aNumber, checker, kind, optional, options, type Takes } from '../tensor/guard';
import { floats, singles } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, type Shape, ShapeError, sameShape, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { batchNorm2d } from './batch-norm';
import { batchStatistics } from './batch-norm-sums';
import { cast } from './cast';
import { defineOp, type Op } from './define';
import { samplesOf } from './factors';
import { type Affine, inputGradient, normalise, parameterSums, type Rows } from './norm-kernels';
import { reshape } from './reshape';
import { constant, positive, randn, type Sample, sample } from './sample';

/** Options of `rmsNorm`. */
export interface RmsNormOptions {
  /** Of normalizedShape; 1 when left out. */
  readonly weight?: Tensor;
  /** Added to the mean of the squares; default 2⁻²³, what PyTorch takes for f32. */
  readonly eps?: number;
}

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** Of normalizedShape; 1 when left out. */
  readonly weight?: Tensor;
  /** Of normalizedShape; 0 when left out. */
  readonly bias?: Tensor;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

/** Options of `groupNorm`. */
export interface GroupNormOptions {
  /** [C]; 1 when left out. */
  readonly weight?: Tensor;
  /** [C]; 0 when left out. */
  readonly bias?: Tensor;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

/** Options of `instanceNorm`. */
export interface InstanceNormOptions extends GroupNormOptions {
  /** [C]; moved in place where samples are normalised by their own statistics, else read. Given together with runningVar. */
  readonly runningMean?: Tensor;
  /** [C]; as `runningMean`. */
  readonly runningVar?: Tensor;
  /** Whether samples are normalised by their own statistics, or by the running ones; default true. */
  readonly useInputStats?: boolean;
  /** How much of the samples' statistics goes into the running ones; default 0.1. */
  readonly momentum?: number;
}

interface Attrs {
  readonly of: Rows;
  readonly eps: number;
  readonly rms: boolean;
  /** Whether a row has values of several samples. */
  readonly mixes: boolean;
}

const aLength = kind(
  'a length or an array of the last lengths',
  (value) => typeof value === 'number' || (Array.isArray(value) && value.every((n) => typeof n === 'number')),
);
const affine = { weight: optional(floats), bias: optional(floats), eps: optional(aNumber) };

/** @throws ShapeError unless a parameter has the shape that the values have weights of */
function checkParameter(op: string, name: string, given: Tensor | undefined, x: Tensor, wanted: Shape): void {
  if (!given || sameShape(given.shape, wanted)) return;
  throw new ShapeError(
    `${op}: ${name} has shape ${formatShape(given.shape)}, input ${formatShape(x.shape)} expects ${formatShape(wanted)}`,
  );
}

/** An op that normalises rows. */
function defineNorm<const Args extends readonly [x: Tensor, ...unknown[]]>(
  name: string,
  takes: Takes,
  read: (...args: Args) => Affine & Attrs,
  samples: () => readonly Sample<Args>[],
): Op<Args> {
  const normal = (k: Kernels, x: Tensor, attrs: Attrs, parameters: Affine = {}) =>
    normalise(k, x, attrs.of, { ...parameters, eps: attrs.eps, rms: attrs.rms });
  const inShapes = (
    sums: { weight: Tensor; bias: Tensor },
    [, weight, bias]: readonly (Tensor | undefined)[],
    needs: readonly boolean[],
  ) => [
    needs[1] && weight ? sums.weight.alias(weight.shape) : undefined,
    needs[2] && bias ? sums.bias.alias(bias.shape) : undefined,
  ];
  return defineOp({
    name,
    takes,
    parse: (...args: Args) => {
      const { weight, bias, of, eps, rms, mixes } = read(...args);
      const attrs: Attrs = { of, eps, rms, mixes };
      return { inputs: [args[0] as Tensor, weight, bias] as const, attrs };
    },
    shape: ({ inputs: [x] }) => x.shape,
    forward: (k, { inputs: [x, weight, bias], attrs }) => {
      const { output, statistics } = normal(k, x, attrs, { weight, bias });
      return { output, saved: { statistics } };
    },
    backward: (k, { grad: g, inputs, attrs, needs, saved }) => {
      const [x, weight] = inputs;
      const read = { g, x, ...saved };
      const dx = needs[0] ? inputGradient(k, read, attrs.of, { weight, rms: attrs.rms }) : undefined;
      if (!needs[1] && !needs[2]) return [dx, undefined, undefined];
      return [dx, ...inShapes(parameterSums(k, read, attrs.of), inputs, needs)];
    },
    mixesSamples: ({ mixes }) => mixes,
    perSample: (k, { grad: g, inputs, attrs, needs, saved }) => {
      const samples = Math.max(1, g.shape[0]);
      const sums = parameterSums(k, { g, x: inputs[0], ...saved }, attrs.of, samples);
      return [undefined, ...inShapes(sums, inputs, needs)];
    },
    factors: (k, { grad, inputs: [x], attrs, needs, range }) => {
      const { rows, groups, channels, plane } = attrs.of;
      const count = range[1] - range[0];
      const places = rows / groups / Math.max(1, grad.shape[0]);
      const weights = groups * channels;
      /** [count, 1, weights, places · plane] */
      const wide = (part: Tensor) => {
        const shape = [count, 1, weights, places * plane];
        if (places === 1) return part.alias(shape);
        return k.permute(part.alias([count, places, weights, plane]), [0, 2, 1, 3]).alias(shape);
      };
      const g = samplesOf(k, grad, range);
      const scaled = () => {
        const own = { ...attrs, of: { ...attrs.of, rows: places * groups * count } };
        const { output } = normal(k, samplesOf(k, x, range), own);
        return k.elementwise('g * x', { g, x: output });
      };
      return [
        undefined,
        needs[1] ? { output: wide(scaled()) } : undefined,
        needs[2] ? { output: wide(g) } : undefined,
      ];
    },
    samples,
  });
}

/** Rows over the last axes. @throws ShapeError unless x ends in normalizedShape */
function lastAxes(op: string, x: Tensor, normalizedShape: number | Shape): Rows & { readonly shape: Shape } {
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
  const own = x.shape.slice(x.shape.length - shape.length);
  if (shape.length === 0 || shape.length > x.shape.length || !sameShape(own, shape)) {
    throw new ShapeError(
      `${op}: normalizedShape is ${formatShape(shape)}, expected one or more of the last lengths of the input ${formatShape(x.shape)}`,
    );
  }
  const length = sizeOf(shape);
  const rows = sizeOf(x.shape.slice(0, x.shape.length - shape.length));
  return { shape, rows, length, groups: 1, channels: length, plane: 1 };
}

const isWhole = (x: Tensor, shape: Shape): boolean => shape.length === x.shape.length && x.shape[0] > 1;

type LayerNormArgs = [x: Tensor, normalizedShape: number | Shape, options?: LayerNormOptions];

/**
 * Layer normalisation over the last axes, (x − mean) / √(variance + eps) · weight + bias with the biased variance, by Ba,
 * Kiros and Hinton (2016); as torch's F.layer_norm. Per sample, axis 0 of x is the sample; what parameters do at several
 * places of it is added up before the square.
 * @param x [..., ...normalizedShape] f32 or f16
 * @throws ShapeError
 * @example
 * ```ts
 * ops.layerNorm(gpu.tensor([[1, 3], [0, 8]]), 2); // → [[-1.00, 1.00], [-1.00, 1.00]]
 * ```
 * @example
 * ```ts
 * ops.layerNorm(gpu.tensor([[0, 2]]), [2]); // → [[-1.000, 1.000]]
 * ```
 */
export const layerNorm = defineNorm<LayerNormArgs>(
  'layerNorm',
  { x: floats, normalizedShape: aLength, options: optional(options(affine)) },
  (x, normalizedShape, { weight, bias, eps = 1e-5 } = {}) => {
    const { shape, ...of } = lastAxes('layerNorm', x, normalizedShape);
    checkParameter('layerNorm', 'weight', weight, x, shape);
    checkParameter('layerNorm', 'bias', bias, x, shape);
    return { weight, bias, of, eps, rms: false, mixes: isWhole(x, shape) };
  },
  () => [
    sample<LayerNormArgs>('rows', randn([5, 7]), 7, { weight: randn([7]), bias: randn([7]) }),
    sample<LayerNormArgs>('two axes of a sequence', randn([2, 3, 2, 5]), [2, 5], {
      weight: randn([2, 5]),
      bias: randn([2, 5]),
      eps: 1e-3,
    }),
    sample<LayerNormArgs>('without parameters', randn([2, 3, 4]), [4]),
    sample<LayerNormArgs>('bias alone', randn([3, 6]), [6], { bias: randn([6]) }),
    sample<LayerNormArgs>('a row longer than a workgroup', randn([2, 131]), [131], { weight: randn([131]) }),
  ],
);

type RmsNormArgs = [x: Tensor, normalizedShape: number | Shape, options?: RmsNormOptions];

/**
 * Root mean square normalisation over the last axes, x / √(mean of x² + eps) · weight, by Zhang and Sennrich (2019); as
 * torch's F.rms_norm. Per sample as `layerNorm`.
 * @param x [..., ...normalizedShape] f32 or f16
 * @throws ShapeError
 * @example
 * ```ts
 * ops.rmsNorm(gpu.tensor([[3, 3], [0, 2]]), 2); // → [[1.00, 1.00], [0.00, 1.41]]
 * ```
 */
export const rmsNorm = defineNorm<RmsNormArgs>(
  'rmsNorm',
  {
    x: floats,
    normalizedShape: aLength,
    options: optional(options({ weight: optional(floats), eps: optional(aNumber) })),
  },
  (x, normalizedShape, { weight, eps = 2 ** -23 } = {}) => {
    const { shape, ...of } = lastAxes('rmsNorm', x, normalizedShape);
    checkParameter('rmsNorm', 'weight', weight, x, shape);
    return { weight, of, eps, rms: true, mixes: isWhole(x, shape) };
  },
  () => [
    sample<RmsNormArgs>('rows', randn([5, 7]), 7, { weight: randn([7]) }),
    sample<RmsNormArgs>('two axes, without a weight', randn([2, 3, 4]), [3, 4], { eps: 1e-3 }),
    sample<RmsNormArgs>('a row longer than a workgroup', randn([2, 131]), [131], { weight: randn([131]) }),
  ],
);

/** Rows over the channels of a group. @throws ShapeError unless the groups divide the channels */
function channelGroups(op: string, x: Tensor, groups: number | undefined): Rows {
  const [samples, channels, ...plane] = x.shape;
  if (x.shape.length < 2) throw new ShapeError(`${op}: input must be [N, C, ...], got ${x}`);
  const count = groups ?? channels;
  if (count < 1 && channels > 0) throw new ShapeError(`${op}: groups is ${count}, expected at least 1`);
  if (count > 0 && channels % count !== 0) {
    throw new ShapeError(
      `${op}: ${count} groups do not divide the ${channels} channels of the input ${formatShape(x.shape)}`,
    );
  }
  const each = channels / Math.max(1, count);
  const size = sizeOf(plane);
  return { rows: samples * count, length: each * size, groups: count, channels: each, plane: size };
}

type GroupNormArgs = [x: Tensor, groups: number, options?: GroupNormOptions];

/**
 * Group normalisation, (x − mean) / √(variance + eps) · weight + bias, mean and biased variance over the positions and the
 * channels of a group, for each sample by itself; by Wu and He (2018), as torch's F.group_norm.
 * @param x [N, C, ...] f32 or f16; the groups divide C
 * @throws ShapeError
 * @example
 * ```ts
 * // Two groups of one channel each, with two positions.
 * ops.groupNorm(gpu.tensor([[[1, 3], [0, 8]]]), 2); // → [[[-1.00, 1.00], [-1.00, 1.00]]]
 * ```
 */
export const groupNorm = defineNorm<GroupNormArgs>(
  'groupNorm',
  { x: floats, groups: aCount, options: optional(options(affine)) },
  (x, groups, { weight, bias, eps = 1e-5 } = {}) => {
    const of = channelGroups('groupNorm', x, groups);
    checkParameter('groupNorm', 'weight', weight, x, [x.shape[1]]);
    checkParameter('groupNorm', 'bias', bias, x, [x.shape[1]]);
    return { weight, bias, of, eps, rms: false, mixes: false };
  },
  () => [
    sample<GroupNormArgs>('two groups', randn([2, 4, 3, 2]), 2, { weight: randn([4]), bias: randn([4]) }),
    sample<GroupNormArgs>('one group of vectors', randn([3, 6]), 1, { weight: randn([6]), eps: 1e-3 }),
    sample<GroupNormArgs>('larger planes', randn([2, 2, 9, 8]), 2, { weight: randn([2]), bias: randn([2]) }),
  ],
);

type InstanceNormArgs = [x: Tensor, options?: InstanceNormOptions];

const INSTANCE_NORM_TAKES: Takes = {
  x: floats,
  options: optional(
    options({
      ...affine,
      runningMean: optional(singles),
      runningVar: optional(singles),
      useInputStats: optional(aFlag),
      momentum: optional(aNumber),
    }),
  ),
};
const checkInstanceNorm = checker('instanceNorm', INSTANCE_NORM_TAKES);

/** @throws ShapeError unless parameters and statistics fit the input */
function checkInstances(x: Tensor, given: InstanceNormOptions): void {
  const { weight, bias, runningMean, runningVar, useInputStats = true } = given;
  const named = { weight, bias, runningMean, runningVar };
  if (x.shape.length < 3) throw new ShapeError(`instanceNorm: input must be [N, C, L, ...], got ${x}`);
  for (const [name, tensor] of Object.entries(named))
    checkParameter('instanceNorm', name, tensor, x, [x.shape[1]]);
  if (!runningMean !== !runningVar)
    throw new ShapeError('instanceNorm: runningMean and runningVar belong together, only one was given');
  if (!useInputStats && !runningMean)
    throw new ShapeError(
      'instanceNorm: without useInputStats it needs runningMean and runningVar; give both',
    );
  if (useInputStats && sizeOf(x.shape.slice(2)) === 1)
    throw new ShapeError(
      `instanceNorm: a channel of input ${formatShape(x.shape)} has one value, expected at least two to normalise`,
    );
}

const ownStatistics = defineNorm<InstanceNormArgs>(
  'instanceNorm',
  INSTANCE_NORM_TAKES,
  (x, given = {}) => {
    const { weight, bias, eps = 1e-5 } = given;
    return { weight, bias, of: channelGroups('instanceNorm', x, undefined), eps, rms: false, mixes: false };
  },
  () => [
    sample<InstanceNormArgs>('images', randn([2, 3, 2, 3]), { weight: randn([3]), bias: randn([3]) }),
    sample<InstanceNormArgs>('sequences, without parameters', randn([2, 2, 5]), { eps: 1e-3 }),
    sample<InstanceNormArgs>('by running statistics', randn([2, 3, 4]), {
      weight: randn([3]),
      runningMean: constant(randn([3])),
      runningVar: constant(positive([3])),
      useInputStats: false,
    }),
  ],
);

/** Moves running statistics by the mean over samples of each one's own. */
function moveRunning(x: Tensor, mean: Tensor, variance: Tensor, momentum: number): void {
  const { gpu, shape } = x;
  const [samples, channels] = shape;
  if (x.size === 0) return;
  gpu.scope(() => {
    const { kernels: k } = gpu;
    const repeated = (running: Tensor) =>
      k.elementwise('running', { running }, { shape: [samples, channels] }).alias([samples * channels]);
    const own = { mean: repeated(mean), variance: repeated(variance) };
    const single = k.cast(x, 'f32').alias([1, samples * channels, sizeOf(shape.slice(2)), 1]);
    batchStatistics(k, single, own, momentum);
    for (const [into, moved] of [
      [mean, own.mean],
      [variance, own.variance],
    ]) {
      const average = k.reduce('sum', moved.alias([samples, channels]), [0], false, 1 / samples);
      k.elementwise('average', { average }, { into });
    }
  });
}

/**
 * Instance normalisation, (x − mean) / √(variance + eps) · weight + bias, mean and biased variance over the positions of each
 * channel of each sample; by Ulyanov et al. (2016), as torch's F.instance_norm. With `useInputStats: false` the running
 * statistics take their place, as in `batchNorm2d` in evaluation.
 * @example
 * ```ts
 * ops.instanceNorm(gpu.tensor([[[1, 3], [10, 20]]])); // → [[[-1.0, 1.0], [-1.0, 1.0]]]
 * ```
 * @param x [N, C, L, ...] f32 or f16
 * @throws ShapeError
 */
export const instanceNorm: Op<InstanceNormArgs> = Object.assign(
  (...args: InstanceNormArgs): Tensor => {
    checkInstanceNorm(args);
    const [x, options = {}] = args;
    checkInstances(x, options);
    const { runningMean, runningVar, useInputStats = true, momentum = 0.1, ...given } = options;
    if (useInputStats) {
      const y = ownStatistics(x, given);
      if (runningMean && runningVar) moveRunning(x, runningMean, runningVar, momentum);
      return y;
    }
    const [samples, channels, ...plane] = x.shape;
    const images = reshape(x.dtype === 'f16' ? cast(x, 'f32') : x, [samples, channels, sizeOf(plane), 1]);
    return reshape(batchNorm2d(images, { ...given, runningMean, runningVar }), x.shape);
  },
  { record: ownStatistics.record },
);
