import type { Kernel } from '../../runtime/kernel';
import { knowSnippets } from '../../runtime/wgsl/imports';
import forwardSource from '../../shaders/norm.wgsl';
import backwardSource from '../../shaders/norm_backward.wgsl';
import sumsSource from '../../shaders/norm_sums.wgsl';
import moments from '../../shaders/snippets/moments.wgsl';
import type { Kernels } from '../tensor/kernels';
import type { Tensor } from '../tensor/tensor';
import { lanesFor } from './lanes';

knowSnippets({ moments });

const forwardKernel: Kernel = { name: 'norm.forward', source: forwardSource };
const backwardKernel: Kernel = { name: 'norm.backward', source: backwardSource };
const sumsKernel: Kernel = { name: 'norm.sums', source: sumsSource };

/** How a tensor falls into rows that are normalised: value i of row r has weight (r % groups) · channels + i / plane. */
export interface Rows {
  readonly rows: number;
  readonly length: number;
  /** Rows after which the weights begin again. */
  readonly groups: number;
  /** Weights of a row. */
  readonly channels: number;
  /** Neighbouring values that share a weight. */
  readonly plane: number;
}

export interface Affine {
  readonly weight?: Tensor;
  readonly bias?: Tensor;
}

/** A row of this length or more is worth a workgroup's 64 threads on a GPU. */
const LONG_ROW = 32;
/** From so many rows on a thread for each keeps a CPU busy. */
const MANY_ROWS = 1024;
/** Threads that keep a machine busy. */
const BUSY = { gpu: 16_384, software: 256 };

/** On a GPU neighbouring threads read neighbouring values; on a CPU barriers are dear. */
const lanesOf = (k: Kernels, { rows, length }: Rows): 1 | 64 =>
  k.gpu.adapter.software ? (rows >= MANY_ROWS ? 1 : lanesFor(rows, length)) : length >= LONG_ROW ? 64 : 1;

/** x normalised row by row, in its shape, and (mean, 1 / deviation) of each row, [rows, 2]; with `rms` the mean is 0. */
export function normalise(
  k: Kernels,
  x: Tensor,
  of: Rows,
  { weight, bias, eps, rms }: Affine & { readonly eps: number; readonly rms: boolean },
): { output: Tensor; statistics: Tensor } {
  const output = k.empty(x.shape);
  const statistics = k.empty([of.rows, 2]);
  const lanes = lanesOf(k, of);
  k.run(forwardKernel, {
    outputs: [output, statistics],
    inputs: [x, weight ?? x, bias ?? x],
    uniforms: { ...of, eps },
    groups: Math.ceil((of.rows * lanes) / 64),
    constants: { LANES: lanes, RMS: Number(rms), WEIGHTED: Number(!!weight), BIASED: Number(!!bias) },
  });
  return { output, statistics };
}

/** What the gradients of a normalised tensor read: its gradient, the tensor, and the statistics of its rows. */
export interface Normalised {
  readonly g: Tensor;
  readonly x: Tensor;
  readonly statistics: Tensor;
}

export function inputGradient(
  k: Kernels,
  { g, x, statistics }: Normalised,
  of: Rows,
  { weight, rms }: Affine & { readonly rms: boolean },
): Tensor {
  const dx = k.empty(x.shape);
  const lanes = lanesOf(k, of);
  k.run(backwardKernel, {
    outputs: [dx],
    inputs: [g, x, statistics, weight ?? g],
    uniforms: { ...of },
    groups: Math.ceil((of.rows * lanes) / 64),
    constants: { LANES: lanes, RMS: Number(rms), WEIGHTED: Number(!!weight) },
  });
  return dx;
}

/** Sums over g · x̂ and g of each weight, or with `samples` Σ_n (sample n's own sum)²; both of so many values as there are weights. */
export function parameterSums(
  k: Kernels,
  { g, x, statistics }: Normalised,
  { rows, groups, channels, plane }: Rows,
  samples?: number,
): { weight: Tensor; bias: Tensor } {
  const weights = groups * channels;
  const outer = rows / groups;
  const { software } = k.gpu.adapter;
  const wanted = Math.ceil(BUSY[software ? 'software' : 'gpu'] / weights);
  const unit =
    samples === undefined ? Math.ceil(outer / Math.min(wanted, Math.max(outer, 1))) : outer / samples;
  const units = samples ?? Math.ceil(outer / Math.max(unit, 1));
  const partUnits = samples === undefined ? 1 : Math.ceil(samples / Math.min(wanted, samples));
  const parts = Math.max(1, Math.ceil(units / partUnits));
  const lanes = plane >= 64 && (!software || weights * parts < 64) ? 64 : 1;
  const [dweight, dbias] = [k.empty([parts, weights]), k.empty([parts, weights])];
  k.run(sumsKernel, {
    outputs: [dweight, dbias],
    inputs: [g, x, statistics],
    uniforms: { weights, plane, outer, unit, part_units: partUnits, parts, groups, channels },
    groups: Math.ceil((parts * weights * lanes) / 64),
    constants: { LANES: lanes, SQUARED: Number(samples !== undefined) },
  });
  const [weight, bias] = [dweight, dbias].map((sums) => (parts === 1 ? sums : k.reduce('sum', sums, [0])));
  return { weight, bias };
}
