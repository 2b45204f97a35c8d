import { tagged } from '../../runtime/tags';
import { switchMode } from '../nn/mode';
import { aModule, type Module } from '../nn/module';
import { checkWord } from '../ops/random-key';
import type { Gpu } from '../tensor/gpu';
import { aNumber, aText, checkAll, options as fields, optional } from '../tensor/guard';
import { ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { checkListed, FisherError } from './errors';
import { ESTIMATORS, type Estimator } from './estimators';
import { aBatches, checkedBatches } from './guard';

/** Samples of one forward pass. They stay the caller's: a generator may free them once it is asked for the next. */
export interface Batch {
  /** [N, ...], what the network takes. */
  readonly inputs: Tensor;
  /** [N] i32 */
  readonly labels: Tensor;
}

export type Batches = Iterable<Batch> | AsyncIterable<Batch>;

/** Values of a Fisher diagonal by the parameters' names. */
export type Diagonal = Map<string, Tensor>;

export interface DiagonalOptions {
  /**
   * Default 'empirical': the given labels. 'mc': labels drawn from the model. 'exact': expectation over the model's
   * classes, which costs a backward pass a class. 'batch': mean over batches of (the batch's mean gradient)², the
   * shortcut of the original program; it is not a Fisher and is here for comparison.
   */
  readonly estimator?: Estimator;
  /** Of the task. Where the network has fewer outputs its logits are padded with zeros; default: its outputs. */
  readonly classes?: number;
  /** Of the draws of 'mc'; default 0. */
  readonly seed?: number;
}

const diagonalOptions = fields({
  estimator: optional(aText),
  classes: optional(aNumber),
  seed: optional(aNumber),
});

/**
 * Diagonal of the Fisher information, F_i = (1/N) Σ_n (∂ℓ_n/∂θ_i)² for the cross-entropy ℓ_n of sample n, with the
 * network in evaluation mode. Each sample's gradient is squared, but none is stored: memory does not grow with N.
 * A parameter that the loss does not reach has zeros.
 * @returns tensors of the names and shapes of `net.parameters()`, not normalised, the caller's to dispose of
 * @throws FisherError without parameters or samples; GradientError if an op that uses
 *   a parameter has no per-sample rule; ShapeError
 */
export async function diagonal(
  net: Module,
  batches: Batches,
  options: DiagonalOptions = {},
): Promise<Diagonal> {
  checkAll('diagonal', {
    net: [net, aModule],
    batches: [batches, aBatches],
    options: [options, diagonalOptions],
  });
  const { estimator = 'empirical', classes = 0, seed = 0 } = options;
  if (!Object.hasOwn(ESTIMATORS, estimator)) {
    const known = Object.keys(ESTIMATORS).join(', ');
    throw new FisherError(`diagonal: unknown estimator '${estimator}'; known are ${known}`);
  }
  checkWord('diagonal', 'seed', seed);
  const named = net.parameters();
  const gpu = gpuOf(named);
  const parameters = new Set(named.values());
  const inFisher = <T>(work: () => T): T => tagged('fisher.diagonal', { phase: 'fisher' }, work);
  const sums = new Map<Tensor, Tensor>();
  const add = (squares: ReadonlyMap<Tensor, Tensor>): void => {
    for (const [parameter, square] of squares) {
      const sum = sums.get(parameter);
      if (sum) gpu.kernels.elementwise('old + square', { square }, { into: sum });
      else sums.set(parameter, square.liveWith(parameter)); // the first needs no room beside it
    }
  };
  const restore = switchMode(net, false);
  try {
    let samples = 0;
    let count = 0;
    for await (const { inputs, labels } of checkedBatches('diagonal', batches)) {
      const pass = () => {
        const logits = net.forward(inputs);
        if (logits.shape.length !== 2) {
          throw new ShapeError(`diagonal: the network gave ${logits}, expected logits [N, C]`);
        }
        ESTIMATORS[estimator]({ logits, classes, labels, first: samples, seed, parameters }, add);
        return logits.shape[0];
      };
      const rows = inFisher(() => gpu.scope(pass));
      checkListed('diagonal', net);
      samples += rows;
      count += 1;
      await gpu.pace();
    }
    if (samples === 0) throw new FisherError('diagonal: there are no samples; give at least one batch');
    const scale = 1 / (estimator === 'batch' ? count : samples);
    return new Map(
      inFisher(() =>
        [...named].map(([name, parameter]) => {
          const sum = sums.get(parameter) ?? gpu.zeros(parameter.shape);
          gpu.kernels.elementwise('old * scale', {}, { scalars: { scale }, into: sum });
          return [name, sum] as const;
        }),
      ),
    );
  } catch (error) {
    for (const sum of sums.values()) sum.dispose();
    throw error;
  } finally {
    restore();
  }
}

function gpuOf(parameters: ReadonlyMap<string, Tensor>): Gpu {
  for (const { gpu } of parameters.values()) return gpu;
  throw new FisherError('diagonal: the network has no trainable parameters');
}
