import { freeGraph } from '../../autograd/per-sample';
import { noGrad } from '../../autograd/tape';
import { sampleLosses } from '../../fisher/losses';
import { sampleSquares } from '../../fisher/squares';
import { BatchNorm2d } from '../../nn/layers';
import type { Module } from '../../nn/module';
import type { Tensor } from '../../tensor/tensor';
import { undisturbed, withForwards } from './hooks';
import type { Probe } from './probe';
import { ABDELFATTAH, defineScore } from './record';

/**
 * ½ Σ over channels of the mean over samples of (Σ over positions of a ⊙ ∂L/∂a)², for the outputs a of convolutions and
 * linear layers, before batch norm.
 */
export const fisher = defineScore({
  name: 'fisher',
  title: 'Fisher saliency of channels',
  source: `Turner et al. 2020, "BlockSwap: Fisher-guided block substitution"; ${ABDELFATTAH}`,
  steps: 1,
  of: async (probe) => probe.lossPass().saliency.item(),
});

/**
 * Σ F_i of the diagonal empirical Fisher information (see `fisher.diagonal`) of all parameters. Batch norm takes the
 * batch's statistics for constants, so that every sample has a gradient of its own.
 */
export const fisherTrace = defineScore({
  name: 'fisher-trace',
  title: 'Fisher trace',
  source: 'the trace of the empirical Fisher information',
  steps: 1,
  of: async (probe) => (await probe.once(diagonalSums)).trace,
});

/** What is added to the Fisher information: from about here on distances between tasks are steady, too. */
const DELTA = 1e-6;

/**
 * log det(δI + diag F) − log det(δI) = Σ log(1 + F_i / δ) with δ = 10⁻⁶, F as in 'fisher-trace': how many parameters carry
 * information, and how much.
 */
export const fisherLogDet = defineScore({
  name: 'fisher-log-det',
  title: 'log-determinant of the Fisher diagonal',
  source: 'Le et al. 2021 measure how far tasks are apart by its differences',
  steps: 1,
  of: async (probe) => (await probe.once(diagonalSums)).logDet,
});

async function diagonalSums({ gpu, net, batch }: Probe): Promise<{ trace: number; logDet: number }> {
  const parameters = new Set(net.parameters().values());
  const [samples] = batch.labels.shape;
  const sums = gpu.scope(() =>
    undisturbed(net, false, () => {
      const logits = withForwards(net, withBatchStatistics, () => net.forward(batch.inputs));
      const { losses, weights } = sampleLosses(logits, batch.labels, 'sum');
      const squares = [...sampleSquares(losses, weights, parameters).values()];
      freeGraph(losses);
      const scalars = { share: 1 / samples, delta: DELTA };
      const sumOf = (expression: string) =>
        squares.reduce(
          (sum, f) => addSum(sum, gpu.kernels.elementwise(expression, { f }, { scalars })),
          gpu.zeros([1]),
        );
      return [sumOf('f * share'), sumOf('log(1.0 + f * share / delta)')] as const;
    }),
  );
  const [trace, logDet] = [await sums[0].item(), await sums[1].item()];
  for (const sum of sums) sum.dispose();
  return { trace, logDet };
}

function addSum(sum: Tensor, values: Tensor): Tensor {
  const { kernels: k } = sum.gpu;
  const total = k.reduce(
    'sum',
    values,
    values.shape.map((_, axis) => axis),
  );
  return k.elementwise('sum + total', { sum, total: total.alias([1]) });
}

/** Batch norm that first takes the batch's statistics for its running ones. */
function withBatchStatistics(module: Module): Module['forward'] | undefined {
  if (!(module instanceof BatchNorm2d) || !module.running_mean) return undefined;
  const own = module.forward.bind(module);
  return (x: Tensor) => {
    noGrad(() => takeStatistics(module, x));
    return own(x);
  };
}

function takeStatistics({ running_mean, running_var }: BatchNorm2d, x: Tensor): void {
  const { kernels: k } = x.gpu;
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const share = x.shape[1] / x.size;
  const mean = k.reduce('sum', x, axes, true, share);
  const variance = k.reduce('sum', k.elementwise('(x - mean) * (x - mean)', { x, mean }), axes, true, share);
  k.elementwise('m', { m: mean.alias(running_mean.shape) }, { into: running_mean });
  k.elementwise('v', { v: variance.alias(running_var.shape) }, { into: running_var });
}
