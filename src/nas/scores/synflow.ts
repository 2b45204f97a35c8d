import { grad } from '../../autograd/backward';
import { graphOf, noGrad } from '../../autograd/tape';
import { BatchNorm2d } from '../../nn/layers';
import type { Module } from '../../nn/module';
import { div } from '../../ops/arithmetic';
import { sum } from '../../ops/reduction';
import type { Tensor } from '../../tensor/tensor';
import { CellNetwork } from '../cell';
import { undisturbed, withForwards } from './hooks';
import type { Probe } from './probe';
import { ABDELFATTAH, defineScore } from './record';

/**
 * Σ |W ⊙ ∂R/∂W| over the weights of convolutions and linear layers, where R is the sum of the logits of one image of ones,
 * all weights are replaced by their sizes, and batch norm passes on what it is given. A stack of cells is computed block
 * by block, each block's output divided by its largest value, as R may be above the largest f32; what was divided by is
 * multiplied again in f64.
 */
export const synflow = defineScore({
  name: 'synflow',
  title: 'SynFlow',
  source: `Tanaka et al. 2020, "Pruning neural networks without any data by iteratively conserving synaptic flow"; ${ABDELFATTAH}`,
  steps: 0,
  of: async ({ gpu, net, batch, weights }: Probe) => {
    const [, ...shape] = batch.inputs.shape;
    const { flow, factors } = gpu.scope(() =>
      undisturbed(net, false, () => {
        const factors: Tensor[] = [];
        for (const parameter of net.stateDict().values())
          gpu.kernels.elementwise('abs(old)', {}, { into: parameter });
        const blocks: ReadonlySet<Module> = new Set(net instanceof CellNetwork ? net.blocks : []);
        const instead = (module: Module, own: Module['forward']) => {
          if (module instanceof BatchNorm2d) return (x: Tensor) => x;
          return blocks.has(module) ? (x: Tensor) => scaled(own(x), factors) : undefined;
        };
        const logits = withForwards(net, instead, () => net.forward(gpu.ones([1, ...shape])));
        const used = new Set(graphOf(logits).flatMap(({ inputs }) => inputs));
        const reached = [...weights].filter((weight) => used.has(weight));
        const gradients = reached.length > 0 ? grad(sum(logits), reached) : [];
        const flow = noGrad(() =>
          reached.reduce((total, w, i) => addFlow(total, w, gradients[i]), gpu.zeros([1])),
        );
        return { flow, factors };
      }),
    );
    let score = await flow.item();
    flow.dispose();
    for (const factor of factors) {
      score *= await factor.item();
      factor.dispose();
    }
    if (Number.isFinite(score)) return score;
    throw new RangeError(
      'score: SynFlow of this network is above the largest number; take another score, or fewer layers',
    );
  },
});

/** x divided by its largest value, which is kept; by 1 where there is none above 0. */
function scaled(x: Tensor, factors: Tensor[]): Tensor {
  const factor = noGrad(() => {
    const { kernels: k } = x.gpu;
    const largest = k.reduce(
      'max',
      x,
      x.shape.map((_, axis) => axis),
    );
    return k.elementwise('select(1.0, m, m > 0.0)', { m: largest.alias([1]) });
  });
  factors.push(factor);
  return div(x, factor);
}

function addFlow(total: Tensor, w: Tensor, g: Tensor): Tensor {
  const { kernels: k } = total.gpu;
  const products = k.elementwise('abs(w * g)', { w, g });
  const part = k.reduce(
    'sum',
    products,
    products.shape.map((_, axis) => axis),
  );
  return k.elementwise('total + part', { total, part: part.alias([1]) });
}
