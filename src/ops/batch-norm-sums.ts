import { f32, fillTemplate, type Kernel, kernelFamily } from '../../runtime/kernel';
import perSampleSource from '../../shaders/batch_norm_per_sample.wgsl';
import statisticsSource from '../../shaders/batch_norm_statistics.wgsl';
import statisticsMergeSource from '../../shaders/batch_norm_statistics_merge.wgsl';
import sumsSource from '../../shaders/batch_norm_sums.wgsl';
import sumsMergeSource from '../../shaders/batch_norm_sums_merge.wgsl';
import type { Kernels, Run } from '../tensor/kernels';
import type { Shape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Way } from '../tensor/variants';

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

/** Workgroups that fill a GPU, and values for each that make up for putting parts together. */
const ENOUGH_GROUPS = 512;
const LEAST_VALUES = 2048;

interface Form {
  /** Numbers of a value. */
  readonly width: 1 | 4;
  readonly inParts: boolean;
}

const QUADS_OF_MOMENTS = `alias Value = vec4<f32>;
fn together(count: f32, mean: Value, squares: Value) -> Moments {
  return merge(
    merge(Moments(count, mean.x, squares.x), Moments(count, mean.y, squares.y)),
    merge(Moments(count, mean.z, squares.z), Moments(count, mean.w, squares.w)),
  );
}`;
const PARTS_OF_MOMENTS = `@group(0) @binding(1) var<storage, read_write> result: array<Moments>;
@group(0) @binding(2) var<storage, read> x: array<Value>;
fn keep(c: u32, part: u32, all: Moments) { result[c * params.parts + part] = all; }`;
const QUADS_OF_SUMS = `alias Value = vec4<f32>;
fn add_up(value: Value) -> f32 { return value.x + value.y + value.z + value.w; }`;
const PARTS_OF_SUMS = `@group(0) @binding(1) var<storage, read_write> result: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> g: array<Value>;
@group(0) @binding(3) var<storage, read> x: array<Value>;
@group(0) @binding(4) var<storage, read> mean: array<f32>;
fn keep(c: u32, part: u32, sums: vec2<f32>) { result[c * params.parts + part] = sums; }`;

const familyOf = (name: string, source: string, quads: string, parts: string) =>
  kernelFamily(
    ({ width, inParts }: Form): Kernel => ({
      name: `batchNorm2d.${name}${width === 4 ? '.quads' : ''}${inParts ? '.parts' : ''}`,
      source: fillTemplate(source, {
        ...(width === 4 && { value: quads }),
        ...(inParts && { result: parts }),
      }),
    }),
  );

const statisticsKernel = familyOf('statistics', statisticsSource, QUADS_OF_MOMENTS, PARTS_OF_MOMENTS);
const statisticsMerge: Kernel = { name: 'batchNorm2d.statistics.merge', source: statisticsMergeSource };
const sumsKernel = familyOf('sums', sumsSource, QUADS_OF_SUMS, PARTS_OF_SUMS);
const sumsMerge: Kernel = { name: 'batchNorm2d.sums.merge', source: sumsMergeSource };
const perSampleKernel: Kernel = { name: 'batchNorm2d.perSample', source: perSampleSource };

/** How the kernels walk x. */
interface Walk {
  readonly channels: number;
  /** Numbers of a value. */
  readonly width: 1 | 4;
  /** Values of a plane, and of a channel. */
  readonly plane: number;
  readonly count: number;
  /** Parts that a channel may be cut into; 1 if it is not worth it. */
  readonly parts: number;
}

function walkOf([samples, channels, height, wide]: Shape): Walk {
  const plane = height * wide;
  const width = plane % 4 === 0 ? 4 : 1;
  const numbers = samples * plane;
  const parts = Math.min(Math.ceil(ENOUGH_GROUPS / channels), Math.floor(numbers / LEAST_VALUES));
  return { channels, width, plane: plane / width, count: numbers / width, parts: Math.max(1, parts) };
}

/** Where a workgroup has one core, threads that wait for each other at a barrier cost more than they compute. */
const threadsOf = ({ gpu }: Kernels) => ({ THREADS: gpu.adapter.software ? 16 : 64 });

/** A GPU has room for more workgroups than layers have channels. */
function inOrder<T>(k: Kernels, whole: Way<T>[1], parts: Way<T>[1]): Way<T>[] {
  const ways: Way<T>[] = [
    ['whole', whole],
    ['parts', parts],
  ];
  return k.gpu.adapter.software ? ways : ways.reverse();
}

/** What is done to whole channels, or to parts of them. */
const waysTo = <T>(k: Kernels, { parts }: Walk, work: (parts: number) => T): Way<T>[] =>
  inOrder(
    k,
    () => work(1),
    () => (parts > 1 ? work(parts) : undefined),
  );

/** Threads of a workgroup that put parts together, one a channel. */
const MERGING = 64;

/** Mean and biased variance of a batch; moves the running ones, if there are any. */
export function batchStatistics(
  k: Kernels,
  x: Tensor,
  running: Statistics | undefined,
  momentum: number,
): Statistics {
  const inputs = [x, running?.mean, running?.variance] as const;
  return k.gpu.variants.pick('batchNorm2d statistics', x.shape, inputs, (x, runningMean, runningVar) => {
    const walk = walkOf(x.shape);
    const constants = threadsOf(k);
    const { channels, width, plane, count } = walk;
    return waysTo(k, walk, (parts) => {
      const [mean, variance] = [k.empty([channels]), k.empty([channels])];
      const unasked = runningMean && runningVar ? [] : [k.empty([channels]), k.empty([channels])];
      const outputs = [mean, variance, runningMean ?? unasked[0], runningVar ?? unasked[1]];
      const kernel = statisticsKernel({ width, inParts: parts > 1 });
      const uniforms = [channels, plane, count, parts, f32(momentum)];
      if (parts === 1) {
        k.run(kernel, { outputs, inputs: [x], uniforms, groups: channels, constants });
      } else {
        using moments = k.empty([channels, parts, 3]);
        k.run(kernel, { outputs: [moments], inputs: [x], uniforms, groups: channels * parts, constants });
        k.run(statisticsMerge, {
          ...{ outputs, inputs: [moments] },
          uniforms: [channels, parts, f32(momentum)],
          groups: Math.ceil(channels / MERGING),
        });
      }
      for (const tensor of unasked) tensor.dispose();
      return { mean, variance };
    });
  });
}

/** Sums over g and g · x̂ of each channel: what a factor and a summand have for gradients. */
export function channelGradients(
  k: Kernels,
  g: Tensor,
  x: Tensor,
  { mean, variance }: Statistics,
  eps: number,
): ChannelGradients {
  const inputs = [g, x, mean, variance] as const;
  return k.gpu.variants.pick('batchNorm2d gradients', x.shape, inputs, (g, x, mean, variance) => {
    const operands = { g, x, mean, variance, eps };
    return waysTo(k, walkOf(x.shape), (parts) => {
      if (parts > 1) return sumsInParts(k, operands, parts, false);
      const { channels, width, plane, count } = walkOf(x.shape);
      return run(k, sumsKernel({ width, inParts: false }), channels, {
        inputs: [g, x, mean, variance],
        uniforms: [channels, plane, count, 1, f32(eps)],
        groups: channels,
        constants: threadsOf(k),
      });
    });
  });
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
  return k.gpu.variants.pick('batchNorm2d per sample', x.shape, inputs, (g, x, mean, variance) => {
    const [samples, channels, height, wide] = x.shape;
    return inOrder(
      k,
      () =>
        run(k, perSampleKernel, channels, {
          inputs: [g, x, mean, variance],
          uniforms: [channels, height * wide, samples, f32(eps)],
          groups: channels,
        }),
      () => sumsInParts(k, { g, x, mean, variance, eps }, samples, true),
    );
  });
}

interface Operands extends Statistics {
  readonly g: Tensor;
  readonly x: Tensor;
  readonly eps: number;
}

/** Sums over each part of a channel first; the squares of parts that are samples are added up, or their sums. */
function sumsInParts(
  k: Kernels,
  { g, x, mean, variance, eps }: Operands,
  parts: number,
  perSample: boolean,
): ChannelGradients {
  const { channels, width, plane, count } = walkOf(x.shape);
  using sums = k.empty([channels, parts, 2]);
  k.run(sumsKernel({ width, inParts: true }), {
    ...{ outputs: [sums], inputs: [g, x, mean] },
    uniforms: [channels, plane, count, parts, f32(eps)],
    groups: channels * parts,
    constants: threadsOf(k),
  });
  return run(k, sumsMerge, channels, {
    inputs: [sums, variance],
    uniforms: [channels, parts, f32(eps)],
    groups: Math.ceil(channels / MERGING),
    constants: { PER_SAMPLE: Number(perSample) },
  });
}

/** Runs a kernel that gives two numbers a channel. */
function run(k: Kernels, kernel: Kernel, channels: number, launch: Omit<Run, 'outputs'>): ChannelGradients {
  const [weight, bias] = [k.empty([channels]), k.empty([channels])];
  k.run(kernel, { ...launch, outputs: [weight, bias] });
  return { weight, bias };
}
