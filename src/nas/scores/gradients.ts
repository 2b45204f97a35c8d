import { noGrad } from '../../autograd/tape';
import { relu } from '../../ops/activation';
import { mul } from '../../ops/arithmetic';
import type { Tensor } from '../../tensor/tensor';
import type { Probe } from './probe';
import { ABDELFATTAH, defineScore } from './record';

/** Σ over layers of ‖∂L/∂W‖₂, of the weights of convolutions and linear layers. */
export const gradientNorm = defineScore({
  name: 'gradient-norm',
  title: 'gradient norm',
  source: ABDELFATTAH,
  steps: 1,
  of: async (probe) => {
    const norms = await sumsOver(probe.lossPass().gradients, 'g * g');
    return norms.reduce((sum, square) => sum + Math.sqrt(square), 0);
  },
});

/** Σ |W ⊙ ∂L/∂W|, over the weights of convolutions and linear layers. */
export const snip = defineScore({
  name: 'snip',
  title: 'SNIP',
  source: 'Lee et al. 2019, "SNIP: single-shot network pruning based on connection sensitivity"',
  steps: 1,
  of: async (probe) => total(await sumsOver(probe.lossPass().gradients, 'abs(w * g)')),
});

/** Of ‖W‖: so far apart f32 gradients differ by more than rounding, and by little of third order. */
const STEP = 1e-4;

/**
 * −Σ W ⊙ (H g), with g = ∂L/∂W and H the Hessian of L, over the weights of convolutions and linear layers. The tape has
 * no gradients of gradients. So H g is the central difference of gradients at two points along g, 10⁻⁴ ‖W‖ from W. There
 * ReLU layers let through what they let through at W, as second derivatives have it; choices of max pools are made anew.
 */
export const grasp = defineScore({
  name: 'grasp',
  title: 'GraSP',
  source: 'Wang et al. 2020, "Picking winning tickets before training by preserving gradient flow"',
  steps: 3.3,
  of: async (probe) => {
    const { gradients } = probe.lossPass();
    const [squares, lengths] = [await sumsOver(gradients, 'g * g'), await sumsOver(gradients, 'w * w')];
    const norm = Math.sqrt(total(squares));
    if (norm === 0) return 0;
    const step = (STEP * Math.sqrt(total(lengths))) / norm;
    const gates = probe.gpu.scope(() => gatesOf(probe));
    try {
      const up = await alongWeights(probe, step, gates);
      const down = await alongWeights(probe, -step, gates);
      return -(up - down) / (2 * step);
    } finally {
      for (const gate of gates) gate.dispose();
    }
  },
});

/** For each call of a ReLU, where it lets through, 1, and where not, 0. */
function gatesOf(probe: Probe): Tensor[] {
  const gates: Tensor[] = [];
  const rectify = (x: Tensor) => {
    gates.push(x.gpu.kernels.elementwise('select(0.0, 1.0, x > 0.0)', { x }));
    return relu(x);
  };
  probe.undisturbed(() => noGrad(() => probe.net.forward(probe.batch.inputs)), rectify);
  return gates;
}

/** Σ W ⊙ ∂L/∂W at W + step · g, with W itself as the factor. */
async function alongWeights(probe: Probe, step: number, gates: readonly Tensor[]): Promise<number> {
  const { gradients } = probe.lossPass();
  let called = 0;
  const rectify = (x: Tensor) => mul(x, gates[called++]);
  const moved = probe.undisturbed(() => {
    for (const [weight, g] of gradients)
      weight.gpu.kernels.elementwise('old + step * g', { g }, { scalars: { step }, into: weight });
    return probe.gradients();
  }, rectify);
  try {
    return total(await sumsOver(moved, 'w * g'));
  } finally {
    for (const tensor of moved.values()) tensor.dispose();
  }
}

/** A sum over all elements of each pair of weight w and gradient g. */
async function sumsOver(pairs: Iterable<readonly [Tensor, Tensor]>, expression: string): Promise<number[]> {
  const sums = [...pairs].map(([w, g]) =>
    w.gpu.scope(() =>
      noGrad(() => {
        const { kernels: k } = w.gpu;
        const terms = k.elementwise(expression, expression.includes('w') ? { w, g } : { g });
        return k.reduce(
          'sum',
          terms,
          terms.shape.map((_, axis) => axis),
        );
      }),
    ),
  );
  const values: number[] = [];
  for (const sum of sums) {
    values.push(await sum.item());
    sum.dispose();
  }
  return values;
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
