import { tagged } from '../../runtime/tags';
import { withWholeTape } from '../autograd/recompute';
import { mark } from '../autograd/tape';
import type { Batches } from '../data/batch';
import { switchMode } from '../nn/mode';
import { aModule, type Module } from '../nn/module';
import { checkWord } from '../ops/random-key';
import type { Gpu } from '../tensor/gpu';
import { aNumber, aText, checkAll, options as fields, oneOf, optional } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { countedOf } from '../training/labels';
import { checkListed, FisherError } from './errors';
import { ESTIMATORS, type Estimator } from './estimators';
import { aBatches, checkedBatches } from './guard';
import { TOKEN_LOSSES, type TokenLoss } from './losses';
import { type Portion, Portions, roomFor } from './portions';
import { RunningSum } from './running-sum';
import { checkKnown, checkRows, emptyError, outputsOf, SampleCount, tokensOf } from './targets';

/** Values of a Fisher diagonal by the parameters' names. */
export type Diagonal = Map<string, Tensor>;

/** Options of `diagonal`. */
export interface DiagonalOptions {
  /**
   * Default 'empirical': the given labels. 'mc': labels drawn from the model. 'exact': expectation over the model's
   * classes, which costs a backward pass a class. Two are no Fishers and here for comparison. 'batch': mean over batches of
   * (the batch's mean gradient)². 'original': what the public program of arXiv:2103.00241 adds up over batches of 100,
   * `(p.grad ** 2).mean(0)`. That is 'batch', averaged over the first axis of each parameter and broadcast back over it, so
   * that a bias has one number everywhere; here it is divided by the number of batches, too.
   */
  readonly estimator?: Estimator;
  /** Of the task. Where the network has fewer outputs its logits are padded with zeros; default: its outputs. */
  readonly classes?: number;
  /** Of the draws of 'mc'; default 0. */
  readonly seed?: number;
  /**
   * Where the network gives [N, T, C], a sample is a sequence of T tokens. Its loss is the sum of its tokens' cross-entropies,
   * the logarithm of its likelihood, or their mean over the tokens whose label is not −100; default 'sum'.
   */
  readonly tokens?: TokenLoss;
}

const diagonalOptions = fields({
  estimator: optional(aText),
  classes: optional(aNumber),
  seed: optional(aNumber),
  tokens: optional(oneOf(...TOKEN_LOSSES)),
});

/**
 * Diagonal of the Fisher information, F_i = (1/N) Σ_n (∂ℓ_n/∂θ_i)² for the cross-entropy ℓ_n of sample n, with the
 * network in evaluation mode. Each sample's gradient is squared, but none is stored: memory does not grow with N. A batch
 * whose activations take more than twice the parameters' bytes (and more than 64 MB, on a GPU 256) goes through in parts.
 * A parameter that the loss does not reach has zeros. A sample whose label is −100 is left out, and not one of the N. Where the
 * network gives [N, T, C] for labels [N, T], a sample is a sequence: what a parameter does at its tokens is added up before
 * the square, and tokens of the label −100 are left out.
 * @returns tensors of the names and shapes of `net.parameters()`, not normalised, the caller's to dispose of
 * @throws FisherError without parameters or samples; StrayLabelError on another label that is no class, where the host
 *   knows it (labels of `gpu.tensor` and `DeviceImages`; else the result is NaN); GradientError if an op that uses a
 *   parameter has no per-sample rule; ShapeError
 * @example
 * ```ts
 * const net = new nn.Linear(gpu, 4, 3);
 * const batch = { inputs: gpu.randn([16, 4]), labels: gpu.tensor(Int32Array.from({ length: 16 }, (_, n) => n % 3)) };
 * const F = await fisher.diagonal(net, [batch]);
 * F.get('weight')?.shape; // → [3, 4]
 * ```
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
  const { estimator = 'empirical', classes = 0, seed = 0, tokens = 'sum' } = options;
  if (!Object.hasOwn(ESTIMATORS, estimator)) {
    const known = Object.keys(ESTIMATORS).join(', ');
    throw new FisherError(`diagonal: unknown estimator '${estimator}'; known are ${known}`);
  }
  checkWord('diagonal', 'seed', seed);
  const { estimate, readsLabels, isWhole } = ESTIMATORS[estimator];
  const named = net.parameters();
  const gpu = gpuOf(named);
  const parameters = new Set(named.values());
  const inFisher = <T>(work: () => T): T => tagged('fisher.diagonal', { phase: 'fisher' }, work);
  const sums = new Map([...parameters].map((parameter) => [parameter, new RunningSum()]));
  const add = (parameter: Tensor, square: Tensor): void => sums.get(parameter)?.add(square, parameter);
  const portions = new Portions(gpu, isWhole ? Number.POSITIVE_INFINITY : roomFor(gpu, parameters));
  const restore = switchMode(net, false);
  using divisor = inFisher(() => new SampleCount(gpu));
  try {
    let samples = 0;
    let seen = 0;
    let counting = 0;
    for await (const { inputs, labels } of checkedBatches('diagonal', batches)) {
      let outputs = 0;
      const pass = ({ inputs, labels, from, within }: Portion) => {
        const since = mark();
        const logits = within(() => withWholeTape(() => net.forward(inputs)));
        outputs = outputsOf('diagonal', logits);
        checkRows('diagonal', labels, logits);
        const counted = countedOf(labels);
        const first = seen + from * tokensOf(labels);
        estimate({ logits, classes, labels, counted, first, seed, tokens, parameters, since }, add);
        divisor.add(counted, isWhole);
      };
      await portions.of({ inputs, labels }, (portion) => inFisher(() => gpu.scope(() => pass(portion))));
      counting += checkKnown(
        'diagonal',
        labels,
        samples,
        readsLabels ? Math.max(classes, outputs) : undefined,
      );
      samples += labels.shape[0];
      seen += labels.size;
      checkListed('diagonal', net);
    }
    if (counting === 0) throw emptyError('diagonal', samples);
    const { total } = divisor;
    return new Map(
      inFisher(() =>
        [...named].map(([name, parameter]) => {
          const sum = sums.get(parameter)?.take() ?? gpu.zeros(parameter.shape);
          gpu.kernels.elementwise('old / total', { total }, { into: sum });
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
