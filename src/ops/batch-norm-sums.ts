import type { Constants, Kernel } from '../../runtime/kernel';
import { kernelFamily } from '../../runtime/kernel-family';
import { knowSnippets } from '../../runtime/wgsl/imports';
import { fillRegions } from '../../runtime/wgsl/regions';
import perSampleSource from '../../shaders/batch_norm_per_sample.wgsl';
import statisticsSource from '../../shaders/batch_norm_statistics.wgsl';
import statisticsMergeSource from '../../shaders/batch_norm_statistics_merge.wgsl';
import sumsSource from '../../shaders/batch_norm_sums.wgsl';
import sumsMergeSource from '../../shaders/batch_norm_sums_merge.wgsl';
import moments from '../../shaders/snippets/moments.wgsl';
import statistics from '../../shaders/snippets/statistics.wgsl';
import type { Kernels } from '../tensor/kernels';
import { type Shape, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Way } from '../tensor/variants';

knowSnippets({ moments, statistics });

/** What a channel's values are like: [C] each. */
export interface Statistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** Gradients of a channel's factor and summand, [C] each. */
export interface ChannelGradients {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Workgroups that fill a GPU, and values for each that are worth putting parts together. */
const ENOUGH_GROUPS = 512;
const LEAST_VALUES = 2048;

interface Form {
  /** Numbers of a value. */
  readonly width: 1 | 4;
  readonly inParts: boolean;
}

const QUADS = `alias Value = vec4<f32>;
alias Total = RunningSums;
fn extended(total: Total, part: Value) -> Total { return with_parts(total, part); }
fn ended(total: Total) -> Value { return wholes(total); }`;
const QUADS_OF_MOMENTS = `${QUADS}
fn together(count: f32, mean: Value, squares: Value) -> Moments {
  return merge(
    merge(Moments(count, mean.x, squares.x), Moments(count, mean.y, squares.y)),
    merge(Moments(count, mean.z, squares.z), Moments(count, mean.w, squares.w)),
  );
}`;
const PARTS_OF_MOMENTS = `@group(0) @binding(1) var<storage, read_write> result: array<Moments>;
@group(0) @binding(2) var<storage, read> x: array<Value>;
fn keep(c: u32, part: u32, all: Moments) { result[c * params.parts + part] = all; }`;
const QUADS_OF_SUMS = `${QUADS}
fn add_up(value: Value) -> f32 { return (value.x + value.y) + (value.z + value.w); }`;
const PARTS_OF_SUMS = `@group(0) @binding(1) var<storage, read_write> result: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> g: array<Value>;
@group(0) @binding(3) var<storage, read> x: array<Value>;
@group(0) @binding(4) var<storage, read> mean: array<f32>;
fn keep(c: u32, part: u32, sums: vec2<f32>) { result[c * params.parts + part] = sums; }`;

const familyOf = (name: string, source: string, quads: string, parts: string) =>
  kernelFamily(
    ({ width, inParts }: Form): Kernel => ({
      name: `batchNorm2d.${name}${width === 4 ? '.quads' : ''}${inParts ? '.parts' : ''}`,
      source: fillRegions(source, {
        ...(width === 4 && { value: quads }),
        ...(inParts && { result: parts }),
      }),
    }),
  );

/** What is summed over a channel's values: by a workgroup for all of them or a part, then over the parts. */
interface Sums {
  readonly kernel: (form: Form) => Kernel;
  readonly merge: Kernel;
  /** Numbers of a part's result. */
  readonly numbers: number;
}

const STATISTICS: Sums = {
  kernel: familyOf('statistics', statisticsSource, QUADS_OF_MOMENTS, PARTS_OF_MOMENTS),
  merge: { name: 'batchNorm2d.statistics.merge', source: statisticsMergeSource },
  numbers: 3,
};
const SUMS: Sums = {
  kernel: familyOf('sums', sumsSource, QUADS_OF_SUMS, PARTS_OF_SUMS),
  merge: { name: 'batchNorm2d.sums.merge', source: sumsMergeSource },
  numbers: 2,
};
const perSampleKernel: Kernel = { name: 'batchNorm2d.perSample', source: perSampleSource };

/** Parts that a channel of images is worth being cut into. */
function partsOf([samples, channels, ...positions]: Shape): number {
  const values = samples * sizeOf(positions);
  return Math.min(Math.ceil(ENOUGH_GROUPS / channels), Math.floor(values / LEAST_VALUES));
}

/** Ways to do something to whole channels, or to parts of them; a GPU has room for more workgroups than there are channels. */
function inOrder<T>(k: Kernels, whole: Way<T>[1], parts: Way<T>[1]): Way<T>[] {
  const ways: Way<T>[] = [
    ['whole', whole],
    ['parts', parts],
  ];
  return k.gpu.adapter.software ? ways : ways.reverse();
}

interface Summing {
  readonly outputs: readonly Tensor[];
  /** What is summed over, an image first. */
  readonly inputs: readonly Tensor[];
  /** What a channel's sums are finished with. */
  readonly finishing?: readonly Tensor[];
  /** Number that the kernels read beside. */
  readonly setting: { readonly momentum: number } | { readonly eps: number };
  /** Default: whole channels. */
  readonly parts?: number;
  /** Of what puts the parts together. */
  readonly constants?: Constants;
}

function sumUp(k: Kernels, { kernel, merge, numbers }: Sums, summing: Summing): void {
  const { outputs, inputs, finishing = [], setting, parts, constants } = summing;
  const [samples, channels, ...positions] = inputs[0].shape;
  const width = sizeOf(positions) % 4 === 0 ? 4 : 1;
  const plane = sizeOf(positions) / width;
  const launch = {
    uniforms: { channels, plane, count: samples * plane, parts: parts ?? 1, ...setting },
    groups: channels * (parts ?? 1),
    // Where a workgroup has one core, threads that wait for each other at a barrier cost more than they compute.
    constants: { THREADS: k.gpu.adapter.software ? 16 : 64 },
  };
  if (parts === undefined) {
    k.run(kernel({ width, inParts: false }), { ...launch, outputs, inputs: [...inputs, ...finishing] });
    return;
  }
  using results = k.empty([channels, parts, numbers]);
  k.run(kernel({ width, inParts: true }), { ...launch, outputs: [results], inputs });
  k.run(merge, {
    outputs,
    inputs: [results, ...finishing],
    constants,
    uniforms: { channels, parts, ...setting },
    groups: Math.ceil(channels / 64),
  });
}

/** Mean and biased variance of a batch; moves the running ones, if there are any. */
export function batchStatistics(
  k: Kernels,
  x: Tensor,
  running: Statistics | undefined,
  momentum: number,
): Statistics {
  const inputs = [x, running?.mean, running?.variance] as const;
  return k.gpu.variants.pick('batchNorm2d statistics', x.shape, inputs, (x, runningMean, runningVar) => {
    const fresh = () => k.empty([x.shape[1]]);
    const work = (parts?: number): Statistics => {
      const [mean, variance] = [fresh(), fresh()];
      const unasked = runningMean && runningVar ? [] : [fresh(), fresh()];
      sumUp(k, STATISTICS, {
        outputs: [mean, variance, runningMean ?? unasked[0], runningVar ?? unasked[1]],
        inputs: [x],
        setting: { momentum },
        parts,
      });
      for (const tensor of unasked) tensor.dispose();
      return { mean, variance };
    };
    return wholeOrParts(k, x.shape, work);
  });
}

/** Sums over g and g · x̂ of each channel: the gradients of a summand and of a factor. */
export function channelGradients(
  k: Kernels,
  g: Tensor,
  x: Tensor,
  { mean, variance }: Statistics,
  eps: number,
): ChannelGradients {
  const inputs = [g, x, mean, variance] as const;
  return k.gpu.variants.pick('batchNorm2d gradients', x.shape, inputs, (...operands) =>
    wholeOrParts(k, x.shape, (parts) => gradientSums(k, operands, { setting: { eps }, parts })),
  );
}

/** Sums over samples of the squares of each one's own gradients, in evaluation. */
export function channelSquares(
  k: Kernels,
  g: Tensor,
  x: Tensor,
  { mean, variance }: Statistics,
  eps: number,
): ChannelGradients {
  const inputs = [g, x, mean, variance] as const;
  const [samples, channels, ...positions] = x.shape;
  return k.gpu.variants.pick('batchNorm2d per sample', x.shape, inputs, (...operands) => {
    const whole = () => {
      const [weight, bias] = [k.empty([channels]), k.empty([channels])];
      k.run(perSampleKernel, {
        outputs: [weight, bias],
        inputs: operands,
        uniforms: { channels, plane: sizeOf(positions), samples, eps },
        groups: channels,
      });
      return { weight, bias };
    };
    const constants = { PER_SAMPLE: 1 };
    return inOrder(k, whole, () =>
      gradientSums(k, operands, { setting: { eps }, parts: samples, constants }),
    );
  });
}

const wholeOrParts = <T>(k: Kernels, shape: Shape, work: (parts?: number) => T): Way<T>[] => {
  const parts = partsOf(shape);
  return inOrder(
    k,
    () => work(),
    () => (parts > 1 ? work(parts) : undefined),
  );
};

function gradientSums(
  k: Kernels,
  [g, x, mean, variance]: readonly [g: Tensor, x: Tensor, mean: Tensor, variance: Tensor],
  how: Pick<Summing, 'setting' | 'parts' | 'constants'>,
): ChannelGradients {
  const [weight, bias] = [k.empty(mean.shape), k.empty(mean.shape)];
  sumUp(k, SUMS, { ...how, outputs: [weight, bias], inputs: [g, x, mean], finishing: [variance] });
  return { weight, bias };
}
