import type { Factors } from '../autograd/tape';
import type { Batches } from '../data/batch';
import type { Module } from '../nn/module';
import { addToDiagonal } from '../ops/linalg-kernels';
import { multiply } from '../ops/matmul/product';
import { slice } from '../ops/reshape';
import type { Kernels } from '../tensor/kernels';
import { sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { CHUNK_VALUES, chunks, TERMS } from './chunks';
import { FisherError } from './errors';
import {
  checkDamping,
  checkLogDet,
  type FactorBatch,
  factorBatches,
  gpuOf,
  type LogDetOptions,
  release,
} from './factor-batches';
import { checkJitter, spdLogDet } from './spd';
import { SampleCount } from './targets';

/** Options of `gramLogDet`. */
export interface GramOptions extends LogDetOptions {
  /** Which labels the losses take; 'empirical', the given ones, is all there is. */
  readonly estimator?: 'empirical';
}

/**
 * Log-determinant of the damped full Fisher, log det(δI + (1/N) Jᵀ J), where row n of J is the gradient of sample n's
 * cross-entropy for all P parameters (those that the loss does not reach included), the network in evaluation mode. A
 * sample whose label is −100 is left out, and not one of the N. By
 * Sylvester's identity it is P log δ + log det(I_N + (1/(Nδ)) J Jᵀ): exact, at the cost of an N × N matrix.
 *
 * J is never held. J Jᵀ is added up parameter by parameter, over the samples of all batches: for linear layers as
 * (X Xᵀ) ∘ (G Gᵀ); for convolutions by laying out per-sample gradients for some output channels, [N, tile], and
 * multiplying the tile by itself. (Pairs of positions instead would cost N² S² (I + O), more than N S I O + N² I O for
 * all but the smallest maps.) Held at a time: what every layer with parameters reads and the gradient of what it gives,
 * for all N samples; tiles of 2²² values, or of one output channel where that is more; four N × N matrices.
 * For its accuracy in f32 see `spdLogDet`: it falls with the condition, about λ_max(J Jᵀ / N) / δ.
 * @returns natural logarithm
 * @throws FisherError without parameters or samples, on a damping that is not above 0, or where f32 cannot factor the
 *   matrix without a jitter that would show; StrayLabelError as `diagonal`; GradientError if an op that uses a parameter has
 *   no rule for factors; ShapeError
 * @example
 * ```ts
 * const net = new nn.Linear(gpu, 4, 3);
 * const batch = { inputs: gpu.randn([16, 4]), labels: gpu.tensor(Int32Array.from({ length: 16 }, (_, n) => n % 3)) };
 * const logDet = await fisher.gramLogDet(net, [batch], { damping: 0.01 });
 * ```
 */
export async function gramLogDet(net: Module, batches: Batches, options: GramOptions): Promise<number> {
  checkLogDet('gramLogDet', net, batches, options);
  const { damping, estimator = 'empirical', report } = options;
  checkDamping('gramLogDet', damping);
  if (estimator !== 'empirical') {
    throw new FisherError(`gramLogDet: unknown estimator '${estimator}'; known is empirical`);
  }
  const { gram: made, counted } = await gramMatrix('gramLogDet', net, batches, options);
  using gram = made;
  const samples = gram.shape[0];
  // K + NδI has the same condition as I + K/(Nδ), and saves rounding all of K once more. Rows of ignored samples are 0: each
  // gives the logarithm of the shift, which is taken off again.
  const shift = counted * damping;
  addToDiagonal(gram.gpu.kernels, gram, shift);
  using matrix = gram.alias([1, samples, samples]);
  const [facts] = await spdLogDet('gramLogDet', matrix);
  report?.(facts);
  checkJitter('gramLogDet', facts, shift);
  return net.parameterCount() * Math.log(damping) + facts.value - samples * Math.log(shift);
}

/**
 * J Jᵀ [N, N] over the samples of all batches in their order, the caller's to dispose of, and how many are not ignored.
 * @throws FisherError if there is none
 */
async function gramMatrix(
  op: string,
  net: Module,
  batches: Batches,
  options: Pick<LogDetOptions, 'classes' | 'tokens'>,
): Promise<{ gram: Tensor; counted: number }> {
  const gpu = gpuOf(op, net);
  const captured: FactorBatch[] = [];
  using count = new SampleCount(gpu);
  try {
    for await (const batch of factorBatches(op, net, batches, options)) {
      captured.push(batch);
      count.add(batch.counted);
    }
    const samples = captured.reduce((sum, { samples }) => sum + samples, 0);
    const counted = await count.read(op, samples);
    const gram = gpu.zeros([samples, samples]);
    for (const parameter of net.parameters().values()) {
      addParameter(gram, partsOf(parameter, captured));
      await gpu.pace();
    }
    return { gram, counted };
  } finally {
    captured.forEach(release);
  }
}

/** The samples of one batch, for one parameter. */
interface Part {
  /** Number of the first sample among all. */
  readonly first: number;
  readonly count: number;
  readonly factors: (from: number, to: number) => Factors;
}

function partsOf(parameter: Tensor, batches: readonly FactorBatch[]): Part[] {
  let first = 0;
  const parts: Part[] = [];
  for (const { calls, samples } of batches) {
    for (const { parameters, factors } of calls) {
      const place = parameters.indexOf(parameter);
      if (place < 0) continue;
      const ofParameter = (from: number, to: number): Factors => {
        const found = factors(from, to, parameter)[place];
        if (!found) throw new TypeError('a rule for factors left out a parameter that it was asked for');
        return found;
      };
      parts.push({ first, count: samples, factors: ofParameter });
    }
    first += samples;
  }
  return parts;
}

/** Adds one parameter's share of J Jᵀ. */
function addParameter(gram: Tensor, parts: readonly Part[]): void {
  if (parts.length === 0) return;
  const { gpu } = gram;
  const { kernels: k } = gpu;
  const samples = gram.shape[0];
  const shapes = gpu.scope(() => {
    const { output, input } = parts[0].factors(0, 1);
    return { output: output.shape, input: input?.shape };
  });
  const [, groups, outputs, positions] = shapes.output;
  const inputs = shapes.input?.[2] ?? 1;
  const step = CHUNK_VALUES / Math.max(sizeOf(shapes.output), sizeOf(shapes.input ?? []));
  const rows = (width: number, rowsOf: (factors: Factors) => Tensor) =>
    gather(k, [samples, width], parts, step, rowsOf);
  if (!shapes.input) {
    gpu.scope(() => {
      const gradients = rows(groups * outputs, ({ output }) => k.reduce('sum', output, [3]));
      addInnerProducts(gram, gradients);
    });
  } else if (groups * positions === 1) {
    gpu.scope(() => {
      const g = addInnerProducts(
        k.zeros(gram.shape),
        rows(outputs, ({ output }) => output),
      );
      const x = addInnerProducts(
        k.zeros(gram.shape),
        rows(inputs, ({ input, output }) => input ?? output),
      );
      k.elementwise('old + g * x', { g, x }, { into: gram });
    });
  } else {
    for (const [from, to] of chunks(outputs, CHUNK_VALUES / (samples * groups * inputs))) {
      gpu.scope(() => {
        const gradients = rows(groups * (to - from) * inputs, ({ output, input }) =>
          multiply(slice(output, 2, from, to), input ?? output, { transposeB: true }),
        );
        addInnerProducts(gram, gradients);
      });
    }
  }
}

/** Adds rows · rowsᵀ to a sum [N, N]. */
function addInnerProducts(sum: Tensor, rows: Tensor): Tensor {
  const { gpu } = rows;
  for (const [from, to] of chunks(rows.shape[1], TERMS)) {
    gpu.scope(() => {
      const some = slice(rows, 1, from, to);
      gpu.kernels.elementwise('old + x', { x: multiply(some, some, { transposeB: true }) }, { into: sum });
    });
  }
  return sum;
}

/** Rows [N, width] for all samples, made of some samples' factors at a time; rows that no part has stay 0. */
function gather(
  k: Kernels,
  [samples, width]: readonly [number, number],
  parts: readonly Part[],
  step: number,
  rowsOf: (factors: Factors) => Tensor,
): Tensor {
  const rows = k.zeros([samples, width]);
  const strides = [width, 1];
  for (const { first, count, factors } of parts) {
    for (const [from, to] of chunks(count, step)) {
      k.gpu.scope(() => {
        const some = rowsOf(factors(from, to));
        const place = { start: (first + from) * width, strides };
        k.copy(some, { start: 0, strides }, rows, place, [to - from, width]);
      });
    }
  }
  return rows;
}
