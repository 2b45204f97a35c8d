import { dot, products, type Rows, transposed } from './rows';
import { spectrumOf } from './spectrum';
import { taskMeasure } from './task-measure';

/** α/β is looked for within this factor of the largest eigenvalue, both ways: beyond it nothing changes. */
const FARTHEST = 1e12;
/** Places that are tried first, evenly on the logarithm, and how often the best one's surroundings are narrowed then. */
const PLACES = 64;
const NARROWINGS = 60;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Logarithm of maximum evidence: how likely the labels are under a linear model of the features F [N, D] with a Gaussian
 * prior, log p(y | F, α, β) / N at its most likely prior α and noise β, for each class against the others, and the mean
 * of the classes. Classes without a sample are left out. The largest evidence is looked for over α/β, where the authors'
 * program takes up to eleven steps towards it.
 */
export const logme = taskMeasure({
  name: 'logme',
  title: 'LogME',
  first: 'most',
  source: 'You, Liu, Wang and Long 2021, arXiv:2102.11005',
  needs: ['features', 'labels'],
  of: ({ features, labels }) => {
    const classes = [...new Set(labels)].sort((a, b) => a - b);
    const targets = classes.map((one) => Float64Array.from(labels, (label) => Number(label === one)));
    const evidences = spectra(features, targets).map((spectrum) => evidenceOf(spectrum, features));
    return evidences.reduce((sum, evidence) => sum + evidence, 0) / classes.length;
  },
});

/** What the evidence of one class is computed from. */
interface Projected {
  /** Eigenvalues of FᵀF but for those that are 0 by its rank. */
  readonly eigenvalues: Float64Array;
  /** Squared components of Fᵀy along the eigenvectors. */
  readonly squares: Float64Array;
  /** ‖y‖² */
  readonly length: number;
}

/** By the smaller of FᵀF and FFᵀ, which have the same eigenvalues but for zeros. */
function spectra(features: Rows, targets: readonly Float64Array[]): Projected[] {
  const isWide = features.columns > features.rows;
  const turned = transposed(features);
  const gram = isWide ? products(features, features) : products(turned, turned);
  const sides = isWide ? targets : targets.map((y) => timesVector(turned, y));
  const { values, components } = spectrumOf(gram, sides);
  const eigenvalues = values.map((value) => Math.max(0, value));
  return components.map((own, i) => ({
    eigenvalues,
    squares: own.map((value, k) => value * value * (isWide ? eigenvalues[k] : 1)),
    length: dot(targets[i], targets[i]),
  }));
}

function timesVector({ rows, columns, values }: Rows, vector: Float64Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, r) =>
    dot(values.subarray(r * columns, (r + 1) * columns), vector),
  );
}

/**
 * The largest evidence over α and β, in nats a sample. With t = α/β the best noise is 1/β = E(t)/N for
 * E = ‖F m − y‖² + t ‖m‖² = ‖y‖² − Σ c²/(s + t), over eigenvalues s and components c of Fᵀy, which leaves
 * −½ (log (2π E/N) + 1) − 1/(2N) Σ log (1 + s/t).
 */
function evidenceOf({ eigenvalues, squares, length }: Projected, { rows }: Rows): number {
  const evidenceAt = (t: number): number => {
    let [explained, volume] = [0, 0];
    for (const [k, s] of eigenvalues.entries()) {
      explained += squares[k] / (s + t);
      volume += Math.log1p(s / t);
    }
    const energy = Math.max(length - explained, Number.EPSILON * length);
    return -0.5 * (Math.log((2 * Math.PI * energy) / rows) + 1 + volume / rows);
  };
  const largest = eigenvalues.reduce((a, b) => Math.max(a, b), 0);
  // Features that are all 0 leave noise alone, whatever t is.
  return largest > 0 ? largestOf((x) => evidenceAt(largest * FARTHEST ** x)) : evidenceAt(1);
}

/** The largest value of a smooth function between −1 and 1. */
function largestOf(of: (x: number) => number): number {
  const step = 2 / (PLACES - 1);
  const tried = Array.from({ length: PLACES }, (_, i) => of(i * step - 1));
  const best = tried.reduce((most, value, i) => (value > tried[most] ? i : most), 0);
  let [low, high] = [(best - 1) * step - 1, (best + 1) * step - 1];
  for (let narrowing = 0; narrowing < NARROWINGS; narrowing++) {
    const [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (of(left) > of(right)) high = right;
    else low = left;
  }
  return Math.max(tried[best], of((low + high) / 2));
}
