import type { Kernel } from '../../runtime/kernel';
import sampleSource from '../../shaders/sample_labels.wgsl';
import { grad } from '../autograd/backward';
import { freeGraph } from '../autograd/per-sample';
import { graphOf, noGrad } from '../autograd/tape';
import { pad } from '../ops/pad';
import { slice } from '../ops/reshape';
import { softmax } from '../ops/softmax';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { meanLoss, sampleLosses, type TokenLoss, tokenWeights } from './losses';
import { eachSampleSquare } from './squares';
import { stillIgnored } from './targets';

/** A batch after the forward pass. */
export interface Evaluated {
  /** [N, C] or [N, T, C], on the tape. */
  readonly logits: Tensor;
  /** At least C; logits of the missing classes are 0. */
  readonly classes: number;
  /** [N] or [N, T] i32 */
  readonly labels: Tensor;
  /** 1 for a sample that counts, 0 for one that is ignored, [N]. */
  readonly counted: Tensor;
  /** Number of the first label among all that were seen. */
  readonly first: number;
  /** Of the draws. */
  readonly seed: number;
  /** Of sequences. */
  readonly tokens: TokenLoss;
  readonly parameters: ReadonlySet<Tensor>;
  /** Calls from then on are of this pass, see `mark`. */
  readonly since: number;
}

/** Takes a part of a batch's squares of a parameter over. */
type Add = (parameter: Tensor, square: Tensor) => void;
type Estimate = (batch: Evaluated, add: Add) => void;

const sampleKernel: Kernel = { name: 'fisher.sampleLabels', source: sampleSource };

const lengthOfLast = ({ shape }: Tensor): number => shape[shape.length - 1];

const padded = ({ logits, classes }: Evaluated): Tensor => {
  const missing = classes - lengthOfLast(logits);
  return missing > 0 ? pad(logits, [0, missing]) : logits;
};

/** Σ_n (∂ −log p(label_n) / ∂θ)². The loss leaves ignored samples out. */
const empirical: Estimate = (batch, add) => {
  const { losses, weights } = sampleLosses(padded(batch), batch.labels, batch.tokens);
  eachSampleSquare(losses, weights, batch.parameters, add, batch.since);
  freeGraph(losses);
};

/** As `empirical`, with labels drawn from the model; draws depend on a label's number, not on its batch. */
const monteCarlo: Estimate = (batch, add) => {
  const logits = noGrad(() => padded(batch));
  const classes = lengthOfLast(logits);
  const rows = batch.labels.size;
  const { kernels: k } = logits.gpu;
  const drawn = k.empty(batch.labels.shape, 'i32');
  k.run(sampleKernel, {
    outputs: [drawn],
    inputs: [logits],
    uniforms: { rows, classes, seed: batch.seed, first: batch.first },
    groups: Math.ceil(rows / 64),
  });
  empirical({ ...batch, labels: stillIgnored(drawn, batch.labels) }, add);
};

/**
 * Σ_n Σ_c p_nc (∂ −log p_nc / ∂θ)², one walk of the same tape a class, from √p_nc (p_n − e_c) at the logits. Of sequences the
 * sum goes over tokens, too: they are independent given the logits, so that the expectation of their products is 0.
 */
const exact: Estimate = (batch, add) => {
  const { logits, parameters, labels, tokens } = batch;
  const { gpu } = logits;
  const outputs = lengthOfLast(logits);
  const last = logits.shape.length - 1;
  const share = last === 1 ? batch.counted : tokenWeights(labels, tokens);
  const counted = share.alias([...labels.shape, 1]);
  const all = noGrad(() => softmax(padded(batch)));
  const p = slice(all, last, 0, outputs);
  const places = last === 1 ? [undefined] : Array.from({ length: logits.shape[1] }, (_, place) => place);
  for (const place of places) {
    for (let c = 0; c < all.shape[last]; c++) {
      gpu.scope(() => {
        const weight = slice(all, last, c, c + 1);
        const hot = oneHotRow(gpu, outputs, c, [outputs]);
        const operands = { counted, weight, p, hot };
        const seed = gpu.kernels.elementwise('counted * sqrt(weight) * (p - hot)', operands);
        const here = place === undefined ? seed : atToken(gpu, seed, place, logits.shape[1]);
        eachSampleSquare(logits, here, parameters, add);
      });
    }
  }
  freeGraph(logits);
};

/** What is of one token of the sequences, [N, T, C], and 0 elsewhere. */
function atToken(gpu: Gpu, seed: Tensor, place: number, tokens: number): Tensor {
  const here = oneHotRow(gpu, tokens, place, [tokens, 1]);
  return gpu.kernels.elementwise('seed * here', { seed, here });
}

/** 1 in one place and 0 elsewhere. */
const oneHotRow = (gpu: Gpu, length: number, place: number, shape: readonly number[]): Tensor =>
  gpu.tensor(
    Array.from({ length }, (_, i) => Number(i === place)),
    shape,
  );

/** (∂ mean_n −log p(label_n) / ∂θ)² */
const batchMean: Estimate = (batch, add) => {
  const loss = meanLoss(padded(batch), batch.labels, batch.tokens, batch.counted);
  const graph = graphOf(loss);
  const reached = [...batch.parameters].filter((parameter) =>
    graph.some(({ inputs }) => inputs.includes(parameter)),
  );
  if (reached.length === 0) return;
  const grads = grad(loss, reached);
  for (const [i, parameter] of reached.entries())
    add(parameter, loss.gpu.kernels.elementwise('g * g', { g: grads[i] }));
};

/** The public program's `+= (p.grad ** 2).mean(0)`: `batchMean`, averaged over each parameter's first axis. */
const original: Estimate = (batch, add) =>
  batchMean(batch, (parameter, square) => add(parameter, overFirstAxis(square)));

function overFirstAxis(x: Tensor): Tensor {
  const { kernels: k } = x.gpu;
  const [rows] = x.shape;
  if (rows === undefined) return x;
  const mean = k.reduce('sum', x, [0], true, 1 / rows);
  return k.elementwise('mean', { mean }, { shape: x.shape });
}

/** See `DiagonalOptions`. */
export type Estimator = 'empirical' | 'mc' | 'exact' | 'batch' | 'original';

interface EstimatorRecord {
  readonly estimate: Estimate;
  readonly readsLabels: boolean;
  /** Whether the samples of a batch count as one. */
  readonly isWhole: boolean;
}

export const ESTIMATORS: Readonly<Record<Estimator, EstimatorRecord>> = {
  empirical: { estimate: empirical, readsLabels: true, isWhole: false },
  mc: { estimate: monteCarlo, readsLabels: false, isWhole: false },
  exact: { estimate: exact, readsLabels: false, isWhole: false },
  batch: { estimate: batchMean, readsLabels: true, isWhole: true },
  original: { estimate: original, readsLabels: true, isWhole: true },
};
