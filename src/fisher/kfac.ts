import type { FactoredCall } from '../autograd/factored-call';
import type { Factors } from '../autograd/tape';
import type { Batches } from '../data/batch';
import type { Module } from '../nn/module';
import { addToDiagonal } from '../ops/linalg-kernels';
import { multiply } from '../ops/matmul/product';
import { slice } from '../ops/reshape';
import type { Kernels } from '../tensor/kernels';
import { sizeOf, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { CHUNK_VALUES, chunks, TERMS } from './chunks';
import { FisherError } from './errors';
import {
  checkDamping,
  checkLogDet,
  factorBatches,
  gpuOf,
  type LogDetOptions,
  release,
} from './factor-batches';
import { RunningSum } from './running-sum';
import { checkJitter, spdLogDet } from './spd';
import { SampleCount } from './targets';

/**
 * Log-determinant of the damped Kronecker-factored Fisher (Martens & Grosse, arXiv:1503.05671; convolutions: Grosse &
 * Martens, arXiv:1602.01407), the sum over layers of log det((A + √δ I) ⊗ (G + √δ I)) = dim G · log det(A + √δ I) +
 * dim A · log det(G + √δ I), the network in evaluation mode.
 *
 * A = (1/N) Σ_n Σ_s a aᵀ over the samples n and output positions s, a being what a position sees (a linear layer's row,
 * a convolution's patch) with a 1 appended where the layer has a bias; G = (1/(N S)) Σ_n Σ_s g gᵀ, g being the gradient
 * of the sample's own cross-entropy, of the given label, for the output there; S positions a sample, 1 for a linear layer.
 * Each group of a grouped convolution is a layer by itself. Both factors get √δ: the trace ratio π of Martens and
 * Grosse is 1, so that the damping is the same for any two networks, and the logarithms can be compared.
 *
 * Parameters that are no product with an input (batch norm's scale and shift, a bias without its weight) enter by their
 * call's full block: log det((1/N) Σ_n j jᵀ + δI), j being sample n's gradient for all of them together. A parameter
 * that the loss does not reach counts as log δ a value. A sample whose label is −100 is left out, and not one of the N.
 * Memory does not grow with N.
 * @returns natural logarithm
 * @throws FisherError, StrayLabelError, GradientError and ShapeError as `gramLogDet`
 * @example
 * ```ts
 * const net = new nn.Linear(gpu, 4, 3);
 * const batch = { inputs: gpu.randn([16, 4]), labels: gpu.tensor(Int32Array.from({ length: 16 }, (_, n) => n % 3)) };
 * const logDet = await fisher.kfacLogDet(net, [batch], { damping: 0.01 });
 * ```
 */
export async function kfacLogDet(net: Module, batches: Batches, options: LogDetOptions): Promise<number> {
  checkLogDet('kfacLogDet', net, batches, options);
  const { damping, report } = options;
  checkDamping('kfacLogDet', damping);
  const gpu = gpuOf('kfacLogDet', net);
  const layers = new Map<Tensor, WholeMoment[]>();
  const reached = new Set<Tensor>();
  using count = new SampleCount(gpu);
  try {
    let seen = 0;
    for await (const batch of factorBatches('kfacLogDet', net, batches, options)) {
      try {
        for (const call of batch.calls) {
          for (const parameter of call.parameters) if (parameter) reached.add(parameter);
          addCall(layers, call, batch.counted);
        }
        count.add(batch.counted);
      } finally {
        release(batch);
      }
      seen += batch.samples;
    }
    const samples = await count.read('kfacLogDet', seen);
    let total = 0;
    for (const parameter of net.parameters().values()) {
      if (!reached.has(parameter)) total += parameter.size * Math.log(damping);
    }
    for (const { sums, terms, isFactor, copies } of [...layers.values()].flat()) {
      using sum = sums.take();
      if (!sum) continue;
      // det (M/c + dI) is det (M + c d I) over cⁿ, which saves rounding all of M once more.
      const count = samples * terms;
      const shift = count * (isFactor ? Math.sqrt(damping) : damping);
      addToDiagonal(gpu.kernels, sum, shift);
      for (const facts of await spdLogDet('kfacLogDet', sum)) {
        report?.(facts);
        checkJitter('kfacLogDet', facts, shift);
        total += copies * (facts.value - facts.size * Math.log(count));
      }
    }
    return total;
  } finally {
    for (const { sums } of [...layers.values()].flat()) sums.dispose();
  }
}

/** How the log-determinant of a Σ over samples of outer products counts. */
interface Weight {
  /** Outer products of one sample that the mean is over, besides the samples. */
  readonly terms: number;
  /** Whether it is one of a Kronecker product's two factors. */
  readonly isFactor: boolean;
  /** Size of the other factor: how often the determinant appears in that of the product. */
  readonly copies: number;
}

interface Moment extends Weight {
  /** [groups, n, n], of some samples. */
  readonly sum: Tensor;
}

interface WholeMoment extends Weight {
  readonly sums: RunningSum;
}

/** Adds a call's samples to the moments of its layer, which is known by its first parameter. */
function addCall(
  layers: Map<Tensor, WholeMoment[]>,
  { parameters, samples, factors }: FactoredCall,
  counted: Tensor,
): void {
  const layer = parameters.find((parameter) => parameter !== undefined);
  if (!layer) return;
  const { gpu } = layer;
  const step = gpu.scope(() => {
    const shapes = factors(0, 1).flatMap((found) =>
      found ? [found.output.shape, found.input?.shape ?? []] : [],
    );
    const positions = shapes.map((shape) => shape[3] ?? 1);
    return Math.min(CHUNK_VALUES / Math.max(...shapes.map(sizeOf)), TERMS / Math.max(...positions));
  });
  for (const [from, to] of chunks(samples, step)) {
    const found = gpu.scope(() => momentsOf(gpu.kernels, factors(from, to), slice(counted, 0, from, to)));
    const known =
      layers.get(layer) ?? found.map(({ sum, ...weight }) => ({ ...weight, sums: new RunningSum() }));
    layers.set(layer, known);
    for (const [i, { sum }] of found.entries()) known[i].sums.add(sum, layer);
  }
}

/** @param counted 1 for a sample that counts, else 0, [n]: gradients of others are 0, but not what their positions see */
function momentsOf(k: Kernels, factors: readonly (Factors | undefined)[], counted: Tensor): Moment[] {
  const all = factors.filter((item) => item !== undefined);
  const products = all.filter(({ input }) => input !== undefined);
  const isBiasOf = (item: Factors, product: Factors) => item !== product && item.output === product.output;
  const rest = all.filter((item) => !item.input && !products.some((product) => isBiasOf(item, product)));
  const kronecker = products.flatMap((product, i) => {
    const { output, input } = sidesOf(product);
    const seen = all.some((item) => isBiasOf(item, products[i])) ? withOnes(k, input) : input;
    const a = k.elementwise('seen * own', { seen, own: counted.alias([counted.size, 1, 1, 1]) });
    return [
      { sum: outerProducts(k, a), terms: 1, isFactor: true, copies: output.shape[2] },
      { sum: outerProducts(k, output), terms: output.shape[3], isFactor: true, copies: a.shape[2] },
    ];
  });
  return rest.length > 0 ? [...kronecker, fullBlock(k, rest)] : kronecker;
}

/** Σ_{n, s} x[n, q, :, s] ⊗ x[n, q, :, s], [Q, I, I]. */
function outerProducts(k: Kernels, x: Tensor): Tensor {
  const [samples, groups, features, positions] = x.shape;
  const rows = k.permute(x, [1, 2, 0, 3]).alias([groups, features, samples * positions]);
  return multiply(rows, rows, { transposeB: true });
}

/** [n, Q, I, S] with a feature more, which is 1. */
function withOnes(k: Kernels, x: Tensor): Tensor {
  const [samples, groups, features, positions] = x.shape;
  const wide = k.fill(k.empty([samples, groups, features + 1, positions]), 1);
  const [from, to] = [x, wide].map(({ shape }) => ({ start: 0, strides: stridesOf(shape) }));
  return k.copy(x, from, wide, to, x.shape);
}

/** Σ_n j jᵀ [1, D, D], j being sample n's gradient for all these parameters. */
function fullBlock(k: Kernels, parameters: readonly Factors[]): Moment {
  const samples = parameters[0].output.shape[0];
  const widths = parameters.map(({ output }) => output.shape[1] * output.shape[2]);
  const width = widths.reduce((sum, own) => sum + own, 0);
  const rows = k.empty([samples, width]);
  let start = 0;
  for (const [i, { output }] of parameters.entries()) {
    const from = { start: 0, strides: [widths[i], 1] };
    k.copy(k.reduce('sum', output, [3]), from, rows, { start, strides: [width, 1] }, [samples, widths[i]]);
    start += widths[i];
  }
  const sum = multiply(rows, rows, { transposeA: true }).alias([1, width, width]);
  return { sum, terms: 1, isFactor: false, copies: 1 };
}

/**
 * The gradient of what a layer gave as `output`, what it read as `input`.
 * @throws FisherError if a parameter is a table in one call and a weight in another
 */
function sidesOf({ output, input = output, rows = 'given' }: Factors): { output: Tensor; input: Tensor } {
  if (rows === 'both') {
    throw new FisherError(
      'kfacLogDet: a parameter is looked up by one call and multiplied by another; for such tied weights there is no Kronecker product, use gramLogDet',
    );
  }
  return rows === 'read' ? { output: input, input: output } : { output, input };
}
