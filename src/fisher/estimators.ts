import type { Kernel } from '../../runtime/kernel';
import sampleSource from '../../shaders/sample_labels.wgsl';
import { grad } from '../autograd/backward';
import { freeGraph } from '../autograd/per-sample';
import { graphOf, noGrad } from '../autograd/tape';
import { crossEntropy } from '../ops/cross-entropy';
import { pad } from '../ops/pad';
import { slice } from '../ops/reshape';
import { softmax } from '../ops/softmax';
import type { Tensor } from '../tensor/tensor';
import { sampleSquares } from './squares';
import { stillIgnored } from './targets';

/** A batch after the forward pass. */
export interface Evaluated {
  /** [N, C], on the tape. */
  readonly logits: Tensor;
  /** At least C; logits of the missing classes are 0. */
  readonly classes: number;
  /** [N] i32 */
  readonly labels: Tensor;
  /** 1 for a sample that counts, 0 for one that is ignored, [N]. */
  readonly counted: Tensor;
  /** Number of the first sample among all that were seen. */
  readonly first: number;
  /** Of the draws. */
  readonly seed: number;
  readonly parameters: ReadonlySet<Tensor>;
}

/** A part of a batch's squares, by parameter. */
type Add = (squares: ReadonlyMap<Tensor, Tensor>) => void;
type Estimate = (batch: Evaluated, add: Add) => void;

const sampleKernel: Kernel = { name: 'fisher.sampleLabels', source: sampleSource };

const padded = ({ logits, classes }: Evaluated): Tensor => {
  const missing = classes - logits.shape[1];
  return missing > 0 ? pad(logits, [0, missing]) : logits;
};

/** Σ_n (∂ −log p(label_n) / ∂θ)². The loss leaves ignored samples out. */
const empirical: Estimate = (batch, add) => {
  const losses = crossEntropy(padded(batch), batch.labels, { reduction: 'none' });
  add(sampleSquares(losses, losses.gpu.ones(losses.shape), batch.parameters));
  freeGraph(losses);
};

/** As `empirical`, with labels drawn from the model; draws depend on a sample's number, not on its batch. */
const monteCarlo: Estimate = (batch, add) => {
  const logits = noGrad(() => padded(batch));
  const [rows, classes] = logits.shape;
  const { kernels: k } = logits.gpu;
  const drawn = k.empty([rows], 'i32');
  k.run(sampleKernel, {
    outputs: [drawn],
    inputs: [logits],
    uniforms: { rows, classes, seed: batch.seed, first: batch.first },
    groups: Math.ceil(rows / 64),
  });
  empirical({ ...batch, labels: stillIgnored(drawn, batch.labels) }, add);
};

/** Σ_n Σ_c p_nc (∂ −log p_nc / ∂θ)², one walk of the same tape a class, from √p_nc (p_n − e_c) at the logits. */
const exact: Estimate = (batch, add) => {
  const { logits, parameters } = batch;
  const { gpu } = logits;
  const [rows, outputs] = logits.shape;
  const counted = batch.counted.alias([rows, 1]);
  const all = noGrad(() => softmax(padded(batch)));
  const p = slice(all, 1, 0, outputs);
  for (let c = 0; c < all.shape[1]; c++) {
    gpu.scope(() => {
      const weight = slice(all, 1, c, c + 1);
      const hot = gpu.tensor(
        Array.from({ length: outputs }, (_, j) => (j === c ? 1 : 0)),
        [1, outputs],
      );
      const seed = gpu.kernels.elementwise('counted * sqrt(weight) * (p - hot)', { counted, weight, p, hot });
      add(sampleSquares(logits, seed, parameters));
    });
  }
  freeGraph(logits);
};

/** (∂ mean_n −log p(label_n) / ∂θ)² */
const batchMean: Estimate = (batch, add) => {
  const loss = crossEntropy(padded(batch), batch.labels);
  const graph = graphOf(loss);
  const reached = [...batch.parameters].filter((parameter) =>
    graph.some(({ inputs }) => inputs.includes(parameter)),
  );
  if (reached.length === 0) return;
  const grads = grad(loss, reached);
  add(
    new Map(
      reached.map((parameter, i) => [parameter, loss.gpu.kernels.elementwise('g * g', { g: grads[i] })]),
    ),
  );
};

/** The public program's `+= (p.grad ** 2).mean(0)`: `batchMean`, averaged over each parameter's first axis. */
const original: Estimate = (batch, add) =>
  batchMean(batch, (squares) =>
    add(new Map([...squares].map(([parameter, square]) => [parameter, overFirstAxis(square)]))),
  );

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
