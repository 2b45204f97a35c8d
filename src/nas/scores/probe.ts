import { grad } from '../../autograd/backward';
import { graphOf, noGrad } from '../../autograd/tape';
import type { Batch } from '../../data/batch';
import { Conv2d, Linear, ReLU } from '../../nn/layers';
import type { Module } from '../../nn/module';
import { relu } from '../../ops/activation';
import { crossEntropy } from '../../ops/cross-entropy';
import { multiply } from '../../ops/matmul/product';
import type { Gpu } from '../../tensor/gpu';
import type { Tensor } from '../../tensor/tensor';
import { undisturbed, withForwards } from './hooks';

/** What one forward and backward pass of the mean cross-entropy says, batch norm by the batch's own statistics. */
export interface LossPass {
  /** Of the weights of convolutions and linear layers that the loss depends on, by weight. */
  readonly gradients: ReadonlyMap<Tensor, Tensor>;
  /** ½ Σ over layers and channels of the mean over samples of (Σ over positions of output · gradient)², [1]. */
  readonly saliency: Tensor;
  /** For every two samples, at how many units their ReLUs are both on or both off, [N, N]. */
  readonly agreement: Tensor;
}

/** An untrained network and a batch that it is scored on. What several scores read is computed once. */
export class Probe {
  readonly gpu: Gpu;
  /** Weights of convolutions and linear layers. */
  readonly weights: ReadonlySet<Tensor>;
  private pass: LossPass | undefined;
  private readonly made = new Map<(probe: Probe) => unknown, unknown>();

  constructor(
    readonly net: Module,
    readonly batch: Batch,
  ) {
    this.gpu = batch.inputs.gpu;
    this.weights = new Set([...net.modules()].filter(isLayer).map(({ weight }) => weight));
  }

  /** What `make` gives, made for the first who asks. */
  once<T>(make: (probe: Probe) => T): T {
    if (!this.made.has(make)) this.made.set(make, make(this));
    return this.made.get(make) as T;
  }

  /** The same pass for all who ask; the probe's to dispose of. */
  lossPass(): LossPass {
    this.pass ??= this.undisturbed(() => this.makePass());
    return this.pass;
  }

  /** Gradients of the loss at the weights as they are now, the caller's to dispose of. */
  gradients(): Map<Tensor, Tensor> {
    return this.gpu.scope(() => {
      const { loss } = this.forward();
      const weights = reachedBy(loss, this.weights);
      return new Map(zip(weights, weights.length > 0 ? grad(loss, weights) : []));
    });
  }

  /**
   * Runs `work` in training mode; weights and running statistics are as before afterwards.
   * @param rectify what layers call in the place of ReLU
   */
  undisturbed<T>(work: () => T, rectify: (x: Tensor) => Tensor = relu): T {
    const instead = (module: Module) => rectified(module, rectify);
    return undisturbed(this.net, true, () => withForwards(this.net, instead, work));
  }

  dispose(): void {
    if (!this.pass) return;
    const { gradients, saliency, agreement } = this.pass;
    for (const tensor of [...gradients.values(), saliency, agreement]) tensor.dispose();
    this.pass = undefined;
  }

  private forward(): { loss: Tensor } {
    const { inputs, labels } = this.batch;
    return { loss: crossEntropy(this.net.forward(inputs), labels) };
  }

  private makePass(): LossPass {
    const { gpu } = this;
    return gpu.scope(() => {
      const { loss } = this.forward();
      const graph = graphOf(loss);
      const agreement = noGrad(() =>
        graph
          .filter(({ op }) => op === 'relu')
          .reduce((sum, { output }) => addAgreement(sum, output), this.none()),
      );
      const outputs = graph
        .filter(({ inputs: [, weight] }) => weight && this.weights.has(weight))
        .map(({ output }) => output);
      const weights = reachedBy(loss, this.weights);
      const found = weights.length > 0 ? grad(loss, [...weights, ...outputs]) : [];
      const gradients = new Map(zip(weights, found));
      const ofOutputs = found.slice(weights.length);
      const saliency = noGrad(() =>
        outputs.reduce((sum, output, i) => addSaliency(sum, output, ofOutputs[i]), gpu.zeros([1])),
      );
      return { gradients, saliency, agreement };
    });
  }

  private none(): Tensor {
    const [samples] = this.batch.inputs.shape;
    return this.gpu.zeros([samples, samples]);
  }
}

const isLayer = (module: Module): module is Conv2d | Linear =>
  module instanceof Conv2d || module instanceof Linear;

/** A ReLU, also one that a layer would compute in one go, as a call of its own: the tape has what stands before it. */
function rectified(module: Module, rectify: (x: Tensor) => Tensor): Module['forward'] | undefined {
  if (module instanceof ReLU) return rectify;
  if (!isLayer(module)) return undefined;
  const own = module.forward.bind(module);
  return (x: Tensor, options?: { readonly activation?: string }) =>
    options?.activation === 'relu' ? rectify(own(x)) : own(x);
}

/** Those of the tensors that a result depends on. */
function reachedBy(root: Tensor, tensors: ReadonlySet<Tensor>): Tensor[] {
  const used = new Set(graphOf(root).flatMap(({ inputs }) => inputs));
  return [...tensors].filter((tensor) => used.has(tensor));
}

const zip = (keys: readonly Tensor[], values: readonly Tensor[]): [Tensor, Tensor][] =>
  keys.map((key, i) => [key, values[i]]);

/** Adds x xᵀ + (1 − x)(1 − x)ᵀ of the rows x of a layer's on and off. */
function addAgreement(sum: Tensor, output: Tensor): Tensor {
  const { kernels: k } = sum.gpu;
  const [samples] = output.shape;
  const rows = output.alias([samples, output.size / samples]);
  // Signs ±1: their product is the number of equal ones less that of unequal ones.
  const signs = k.elementwise('select(-1.0, 1.0, x > 0.0)', { x: rows });
  const product = multiply(signs, signs, { transposeB: true });
  return k.elementwise(
    'sum + 0.5 * (units + product)',
    { sum, product },
    { scalars: { units: rows.shape[1] } },
  );
}

/** Adds ½ Σ_c mean_n (Σ_s output · gradient)². */
function addSaliency(sum: Tensor, output: Tensor, gradient: Tensor): Tensor {
  const { kernels: k } = sum.gpu;
  const [samples, channels = 1] = output.shape;
  const product = k
    .elementwise('a * g', { a: output, g: gradient })
    .alias([samples, channels, output.size / (samples * channels)]);
  const perChannel = k.reduce('sum', product, [2]);
  const squares = k.elementwise('x * x', { x: perChannel });
  const total = k.reduce('sum', squares, [0, 1], false, 0.5 / samples);
  return k.elementwise('sum + total', { sum, total: total.alias([1]) });
}
