import type { Operands } from '../tensor/elementwise';
import { aFlag, aNumber, kind, optional, options } from '../tensor/guard';
import { floats, singles } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { isAgain } from '../tensor/remembered';
import { formatShape, type Shape, ShapeError, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { batchStatistics, channelGradients, channelSquares, type Statistics } from './batch-norm-sums';
import { defineOp, type Op } from './define';
import { samplesOf } from './factors';
import { constant, positive, randn, type Sample, sample } from './sample';

/** Options of `batchNorm2d`. */
export interface BatchNormOptions {
  /** [C]; 1 when left out. */
  readonly weight?: Tensor;
  /** [C]; 0 when left out. */
  readonly bias?: Tensor;
  /** [C]; moved in place by training, read by evaluation. Given together with runningVar. */
  readonly runningMean?: Tensor;
  /** [C]; as `runningMean`. */
  readonly runningVar?: Tensor;
  /** Normalises by the batch's own statistics, and moves the running ones; default false. */
  readonly training?: boolean;
  /**
   * How much of a batch's statistics goes into the running ones; default 0.1. null: the running ones are the mean of those
   * of all batches, counted by `numBatchesTracked`.
   */
  readonly momentum?: number | null;
  /** [], 0 at first; raised in place by each batch of training where `momentum` is null. */
  readonly numBatchesTracked?: Tensor;
  /** Added to the variance; default 1e-5. */
  readonly eps?: number;
}

interface Attrs {
  readonly running: Statistics | undefined;
  readonly training: boolean;
  readonly momentum: number;
  /** Counts the batches of which running statistics are the mean; there where momentum is null. */
  readonly batches: Tensor | undefined;
  readonly eps: number;
}

type Inputs = readonly [x: Tensor, weight: Tensor | undefined, bias: Tensor | undefined];
export type BatchNormArgs = [x: Tensor, options?: BatchNormOptions];

const planeOf = (shape: Shape): number => sizeOf(shape.slice(2));
/** Also of what has no values, and so perhaps no axis of channels. */
const channelsOf = (shape: Shape): number => shape[1] ?? 0;
/** Values of a channel. */
const countOf = (shape: Shape): number => shape[0] * planeOf(shape);

/** An expression over tensors like x and tensors [C], which it reads a channel at a time. */
function overChannels(
  k: Kernels,
  wgsl: string,
  images: Operands,
  channels: Readonly<Record<string, Tensor | undefined>>,
  scalars: Readonly<Record<string, number>>,
): Tensor {
  const plane = Object.values(images)[0]
    .shape.slice(2)
    .map(() => 1);
  const wide = Object.entries(channels).flatMap(([name, tensor]) =>
    tensor ? [[name, tensor.alias([tensor.size, ...plane])] as const] : [],
  );
  const result = k.elementwise(wgsl, { ...images, ...Object.fromEntries(wide) }, { scalars });
  for (const [, view] of wide) view.dispose();
  return result;
}

const DEVIATION = 'sqrt(variance + eps)';

function checkChannels(op: string, name: string, tensor: Tensor | undefined, { shape }: Tensor): void {
  if (!tensor || (tensor.shape.length === 1 && tensor.shape[0] === channelsOf(shape))) return;
  throw new ShapeError(
    `${op}: ${name} has shape ${formatShape(tensor.shape)}, input ${formatShape(shape)} expects [${channelsOf(shape)}]`,
  );
}

function runningOf(op: string, options: BatchNormOptions): Statistics | undefined {
  const { runningMean, runningVar, training } = options;
  if (runningMean && runningVar) return { mean: runningMean, variance: runningVar };
  if (runningMean || runningVar) {
    throw new ShapeError(`${op}: runningMean and runningVar belong together, only one was given`);
  }
  if (!training) {
    throw new ShapeError(
      `${op}: evaluation needs runningMean and runningVar; give both, or set training: true`,
    );
  }
  return undefined;
}

/** What counts batches, where running statistics are to be the mean of theirs. @throws ShapeError */
function batchesOf(
  op: string,
  { momentum, numBatchesTracked: batches }: BatchNormOptions,
): Tensor | undefined {
  if (momentum !== null) return undefined;
  if (batches?.shape.length === 0) return batches;
  throw new ShapeError(
    `${op}: momentum null needs numBatchesTracked, a tensor [] that counts the batches, got ${batches ?? 'none'}`,
  );
}

/** The batch's statistics; running ones move. */
function statisticsOf(k: Kernels, x: Tensor, { running, momentum, batches }: Attrs): Statistics {
  const count = countOf(x.shape);
  if (isAgain()) return batchStatistics(k, x, undefined, momentum); // they moved when it ran first
  if (!batches || !running) return batchStatistics(k, x, running, momentum);
  const { mean, variance } = batchStatistics(k, x, undefined, momentum);
  k.elementwise('old + 1.0', {}, { into: batches });
  k.elementwise('old + (mean - old) / batches', { mean, batches }, { into: running.mean });
  k.elementwise(
    'old + (unbiased * variance - old) / batches',
    { variance, batches },
    { into: running.variance, scalars: { unbiased: count / (count - 1) } },
  );
  return { mean, variance };
}

const TAKES = {
  x: singles,
  options: optional(
    options({
      weight: optional(floats),
      bias: optional(floats),
      runningMean: optional(singles),
      runningVar: optional(singles),
      training: optional(aFlag),
      momentum: optional(kind('a number or null', (value) => value === null || typeof value === 'number')),
      numBatchesTracked: optional(singles),
      eps: optional(aNumber),
    }),
  ),
};

/** Batch norm of what has axes as said. */
export function defineBatchNorm(
  name: string,
  axes: string,
  hasAxes: (shape: Shape) => boolean,
  samples: () => readonly Sample<BatchNormArgs>[],
): Op<BatchNormArgs> {
  return defineOp({
    name,
    takes: TAKES,
    parse: (...[x, options = {}]: BatchNormArgs): { inputs: Inputs; attrs: Attrs } => {
      const { weight, bias, training = false, momentum = 0.1, eps = 1e-5 } = options;
      const running = runningOf(name, options);
      const batches = training && running ? batchesOf(name, options) : undefined;
      return {
        inputs: [x, weight, bias],
        attrs: { running, training, momentum: momentum ?? 0, batches, eps },
      };
    },
    shape: ({ inputs: [x, weight, bias], attrs: { running, training } }) => {
      if (!hasAxes(x.shape) || x.dtype !== 'f32') {
        throw new ShapeError(`${name}: input must be f32 ${axes}, got ${x}`);
      }
      checkChannels(name, 'weight', weight, x);
      checkChannels(name, 'bias', bias, x);
      checkChannels(name, 'runningMean', running?.mean, x);
      checkChannels(name, 'runningVar', running?.variance, x);
      if (training && countOf(x.shape) === 1) {
        throw new ShapeError(
          `${name}: training needs at least two values a channel, input ${formatShape(x.shape)} has fewer`,
        );
      }
      return x.shape;
    },
    forward: (k, { inputs: [x, weight, bias], attrs }) => {
      const { running, training, eps } = attrs;
      // Of no values nothing is known: running statistics stay as they are.
      if (x.size === 0) {
        const nothing = k.zeros([channelsOf(x.shape)]);
        return { output: k.empty(x.shape), saved: running ?? { mean: nothing, variance: nothing } };
      }
      const saved = running && !training ? running : statisticsOf(k, x, attrs);
      const factor = weight ? `weight / ${DEVIATION}` : `1.0 / ${DEVIATION}`;
      const wgsl = `(x - mean) * (${factor})${bias ? ' + bias' : ''}`;
      const output = overChannels(k, wgsl, { x }, { ...saved, weight, bias }, { eps });
      return { output, saved };
    },
    backward: (k, call) => {
      const { grad: g, needs, attrs, saved } = call;
      const { training, eps } = attrs;
      const [x, weight] = call.inputs;
      if (x.size === 0) {
        return call.inputs.map((input, i) => (input && needs[i] ? k.zeros(input.shape) : undefined));
      }
      const needsSums = needs[1] || needs[2] || training;
      const sums = needsSums ? channelGradients(k, g, x, saved, eps) : undefined;
      const factor = weight ? `weight / ${DEVIATION}` : `1.0 / ${DEVIATION}`;
      let dx: Tensor | undefined;
      if (needs[0] && training && sums) {
        const slope = `g - share * slope_sum - (x - mean) * (share * product_sum / ${DEVIATION})`;
        const channels = { ...saved, weight, slope_sum: sums.bias, product_sum: sums.weight };
        dx = overChannels(k, `(${factor}) * (${slope})`, { g, x }, channels, {
          eps,
          share: x.shape[1] / x.size,
        });
      } else if (needs[0]) {
        dx = overChannels(k, `g * (${factor})`, { g }, { variance: saved.variance, weight }, { eps });
      }
      return [dx, needs[1] ? sums?.weight : undefined, needs[2] ? sums?.bias : undefined];
    },
    mixesSamples: ({ training }) => training,
    perSample: (k, { grad, inputs: [x], saved, attrs, needs }) => {
      const { weight, bias } = channelSquares(k, grad, x, saved, attrs.eps);
      return [undefined, needs[1] ? weight : undefined, needs[2] ? bias : undefined];
    },
    factors: (k, { grad, inputs: [x], attrs, needs, range }) => {
      if (!attrs.running) throw new TypeError(`${name}: factors are of calls in evaluation`);
      const { mean, variance } = attrs.running;
      const channels = x.shape[1];
      const wide = [range[1] - range[0], 1, channels, planeOf(x.shape)];
      const g = samplesOf(k, grad, range).alias(wide);
      const scaled = () => {
        const operands = { g, x: samplesOf(k, x, range).alias(wide), mean: mean.alias([channels, 1]) };
        const scalars = { eps: attrs.eps };
        return k.elementwise(
          'g * (x - mean) / sqrt(variance + eps)',
          { ...operands, variance: variance.alias([channels, 1]) },
          { scalars },
        );
      };
      return [undefined, needs[1] ? { output: scaled() } : undefined, needs[2] ? { output: g } : undefined];
    },
    samples,
  });
}

export const affine = (channels: number) => ({ weight: randn([channels]), bias: randn([channels]) });
export const running = (channels: number) => ({
  runningMean: constant(randn([channels])),
  runningVar: constant(positive([channels])),
});

/**
 * Batch normalisation over N, H and W, (x − mean) / √(variance + eps) · weight + bias, by Ioffe and Szegedy (2015).
 * Training uses the batch's biased variance and blends the unbiased one into `runningVar`.
 * @param x [N, C, H, W] f32
 * @throws ShapeError
 * @example
 * ```ts
 * const x = gpu.tensor([0, 2, 4, 6], [1, 1, 2, 2]); // mean 3, variance 5
 * ops.batchNorm2d(x, { training: true }); // → [[[[-1.342, -0.447], [0.447, 1.342]]]]
 * ```
 */
export const batchNorm2d = defineBatchNorm(
  'batchNorm2d',
  '[N,C,H,W]',
  ({ length }) => length === 4,
  () => [
    sample<BatchNormArgs>('training, affine', randn([3, 2, 5, 4]), {
      training: true,
      ...affine(2),
      ...running(2),
    }),
    sample<BatchNormArgs>('training, not affine', randn([2, 5, 3, 3]), { training: true, eps: 1e-3 }),
    sample<BatchNormArgs>('training, weight alone', randn([2, 3, 1, 3]), {
      training: true,
      weight: randn([3]),
    }),
    sample<BatchNormArgs>('training, one value a plane', randn([7, 5, 1, 1]), {
      training: true,
      ...affine(5),
    }),
    sample<BatchNormArgs>('training, one sample', randn([1, 3, 9, 9]), { training: true, ...affine(3) }),
    sample<BatchNormArgs>('evaluation, affine', randn([3, 2, 5, 4]), { ...affine(2), ...running(2) }),
    sample<BatchNormArgs>('evaluation, not affine', randn([2, 3, 1, 1]), { ...running(3), eps: 1e-3 }),
    sample<BatchNormArgs>('evaluation, bias alone', randn([1, 3, 3, 5]), { ...running(3), bias: randn([3]) }),
  ],
);
