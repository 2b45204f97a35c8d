import { noGrad } from '../autograd/tape';
import { Module } from '../nn/module';
import { add, mul } from '../ops/arithmetic';
import { concat } from '../ops/concat';
import { crossEntropy } from '../ops/cross-entropy';
import { matmul } from '../ops/matmul/matmul';
import { reshape, slice } from '../ops/reshape';
import { softmax } from '../ops/softmax';
import type { Gpu } from '../tensor/gpu';
import type { Tensor } from '../tensor/tensor';
import { type Answers, BY_CLASS } from '../training/answers';
import type { CellNetwork } from './cell';

/**
 * K candidates as one network, f(x) = Σ_k softmax(α)_k f_k(x) (FUSE, Le et al. 2021), α [K] from ones. Candidate k's
 * parameters are named 'k.…'. It stays in training mode throughout a search, also where only α learns, as in the
 * original. Running statistics of such young networks would say little.
 */
export class Mixture extends Module {
  readonly alpha: Tensor;

  constructor(
    gpu: Gpu,
    readonly networks: readonly CellNetwork[],
  ) {
    super();
    this.alpha = gpu.ones([networks.length], { requiresGrad: true });
  }

  protected override children(): [string, Module][] {
    return this.networks.map((network, k) => [String(k), network]);
  }

  /** Parameters of all candidates, without α. */
  weights(): Map<string, Tensor> {
    const parameters = this.parameters();
    parameters.delete('alpha');
    return parameters;
  }

  forward(x: Tensor): Tensor {
    return this.mix(this.scores(x), this.shares());
  }

  /** softmax(α), [K]. */
  shares(): Tensor {
    return softmax(this.alpha, 0);
  }

  /** The candidates' logits, one a row: [K, N · classes]. */
  scores(x: Tensor): Tensor {
    const rows = this.networks.map((network) => {
      const logits = network.forward(x);
      return reshape(logits, [1, logits.size]);
    });
    return concat(rows);
  }

  /** A candidate's logits [N, classes], of the scores of all. */
  scoresOf(scores: Tensor, candidate: number): Tensor {
    const [classes] = this.networks[0].classifier.weight.shape;
    return reshape(slice(scores, 0, candidate, candidate + 1), [-1, classes]);
  }

  /** Weighted sum of scores, as logits [N, classes]. */
  mix(scores: Tensor, shares: Tensor): Tensor {
    const [classes] = this.networks[0].classifier.weight.shape;
    return reshape(matmul(reshape(shares, [1, shares.size]), scores), [-1, classes]);
  }
}

/**
 * The sum of the candidates' own losses, for a forward pass that gives `scores`: each learns as if it were alone. What is
 * counted is the mean of them, and how often the mixture is right.
 */
export const apart = (mixture: Mixture): Answers => ({
  ...BY_CLASS,
  loss: (scores, labels) =>
    mixture.networks
      .map((_, k) => crossEntropy(mixture.scoresOf(scores, k), labels))
      .reduce((a, b) => add(a, b)),
  count: (stats, { outputs, labels, loss }, step) =>
    noGrad(() =>
      stats.add(mul(loss, 1 / mixture.networks.length), mixture.mix(outputs, mixture.shares()), labels, step),
    ),
});
