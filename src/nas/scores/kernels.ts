import { grad } from '../../autograd/backward';
import { graphOf } from '../../autograd/tape';
import { sum } from '../../ops/reduction';
import { copyOf } from './hooks';
import type { Probe } from './probe';
import { ABDELFATTAH, defineScore } from './record';
import { eigenvalues, logAbsDet, type Matrix } from './symmetric';

/** Added to eigenvalues, which may be 0. */
const SMALL = 1e-5;

/**
 * −Σ (log(λ_i + k) + 1 / (λ_i + k)), k = 10⁻⁵, for the eigenvalues λ of the correlation matrix of the samples' input
 * gradients, each of the sum of a sample's logits. It is highest where all differ. −∞ where a sample has none.
 */
export const jacobianCovariance = defineScore({
  name: 'jacobian-covariance',
  title: 'Jacobian covariance',
  source: `Mellor et al. 2020, "Neural architecture search without training", first version; ${ABDELFATTAH}`,
  steps: 1,
  of: async (probe) => {
    const correlations = correlationsOf(await inputGradients(probe));
    if (!correlations) return Number.NEGATIVE_INFINITY;
    return eigenvalues(correlations).reduce(
      (score, value) => score - Math.log(value + SMALL) - 1 / (value + SMALL),
      0,
    );
  },
});

/**
 * log |det K|, where K_ij is at how many units the ReLUs of samples i and j are both on or both off. −∞ where two samples
 * look the same to the network.
 */
export const naswot = defineScore({
  name: 'naswot',
  title: 'NASWOT',
  source: 'Mellor et al. 2021, "Neural architecture search without training"',
  steps: 1,
  of: async (probe) =>
    logAbsDet(rowsOf(await probe.lossPass().agreement.data(), probe.batch.inputs.shape[0])),
});

/** ∂ Σ logits / ∂ input, a row a sample; zeros where the logits do not depend on the images. */
async function inputGradients(probe: Probe): Promise<Matrix> {
  const { gpu, net, batch } = probe;
  const [samples] = batch.inputs.shape;
  const gradient = probe.undisturbed(() =>
    gpu.scope(() => {
      const images = copyOf(batch.inputs);
      images.requiresGrad = true;
      const logits = net.forward(images);
      const isSeen = graphOf(logits).some(({ inputs }) => inputs.includes(images));
      return isSeen ? grad(sum(logits), [images])[0] : gpu.zeros(images.shape);
    }),
  );
  const rows = rowsOf(await gradient.data(), samples);
  gradient.dispose();
  return rows;
}

function rowsOf(values: Float32Array | ArrayLike<number>, rows: number): Matrix {
  const width = values.length / rows;
  const all = Float64Array.from(values);
  return Array.from({ length: rows }, (_, row) => all.subarray(row * width, (row + 1) * width));
}

/** Of rows with each other; undefined where one does not vary. */
function correlationsOf(rows: Matrix): Matrix | undefined {
  const centred = rows.map((row) => {
    const mean = row.reduce((total, value) => total + value, 0) / row.length;
    const off = row.map((value) => value - mean);
    const length = Math.sqrt(off.reduce((total, value) => total + value * value, 0));
    return length > 0 ? off.map((value) => value / length) : undefined;
  });
  if (!centred.every((row) => row !== undefined)) return undefined;
  return centred.map((a) =>
    Float64Array.from(centred, (b) => a.reduce((total, value, i) => total + value * b[i], 0)),
  );
}
