import { addToDiagonal, diagonalOf, factorize } from '../ops/linalg-kernels';
import { multiply } from '../ops/matmul/product';
import type { Tensor } from '../tensor/tensor';
import { FisherError } from './errors';

/** Tried in turn on matrices that Cholesky cannot factor in f32, in units of the mean diagonal. */
const JITTERS = [0, 1e-6, 1e-5, 1e-4, 1e-3];
/** Of ‖A − L Lᵀ‖ / ‖A‖: a backward stable factor has a few times 1e-7, so that more is a fault, not rounding. */
const RESIDUAL_LIMIT = 1e-5;

/** A log-determinant, and how far to trust it. */
export interface LogDetReport {
  /** Rows of the matrix. */
  readonly size: number;
  /** log det (A + jitter · I). */
  readonly value: number;
  /** What was added to the diagonal so that f32 could factor the matrix, in units of A; 0 where nothing was. */
  readonly jitter: number;
  /** ‖A + jitter · I − L Lᵀ‖ / ‖A + jitter · I‖ in the Frobenius norm. */
  readonly residual: number;
}

/**
 * Refuses a log-determinant that the jitter changed by more than a hundredth of a nat an eigenvalue.
 * @param least what no eigenvalue of the matrix is below, the damping in units of the matrix
 * @throws FisherError
 */
export function checkJitter(op: string, { size, jitter }: LogDetReport, least: number): void {
  if (jitter <= 0.01 * least) return;
  // A was factored with both: a damping as large as their sum takes no jitter.
  const times = Math.ceil(1 + jitter / least);
  throw new FisherError(
    `${op}: f32 cannot tell the damping from rounding next to the largest eigenvalues of a matrix of ${size} × ${size}; raise the damping ${times} times or more`,
  );
}

/**
 * Log-determinants of symmetric positive definite matrices, 2 Σ log L_ii, factored in f32 on the GPU and summed in f64.
 * A matrix that f32 cannot factor is tried again with jitter on its diagonal, from 1e-6 to 1e-3 of its mean diagonal;
 * a matrix is scaled by a power of two first, so that its size does not matter.
 *
 * Rounding acts like a perturbation of A by about 1e-7 λ_max: it is the condition that counts, not n. The largest error
 * against f64 in 36 draws of I + K/δ, n = 32 to 512, K random with λ_max about 1 and of rank n/8, so that most eigenvalues
 * are 1 and the condition is 1/δ (lavapipe; the log-determinants are 15 to 820): 7e-6 at a condition of 1e2, 8e-5 at 1e3,
 * 7e-4 at 1e4, 0.01 at 1e5, 0.1 at 1e6, 1.2 at 1e7; at 1e8 it takes jitter. With K of full rank: 2e-5 for all of these δ.
 * @param a [batch, n, n] f32, symmetric
 * @throws FisherError naming the matrix, where it is not finite, not positive definite, or its factor fails the residual
 */
export async function spdLogDet(op: string, a: Tensor): Promise<LogDetReport[]> {
  const [batch, n] = a.shape;
  const { kernels: k } = a.gpu;
  using diagonal = diagonalOf(k, a);
  using means = k.reduce('sum', diagonal, [1], false, 1 / n);
  const exponents = Array.from(await means.data(), (mean, i) => {
    if (mean > 0 && mean < Number.POSITIVE_INFINITY) return Math.round(Math.log2(mean));
    throw unfit(op, i, n, `has a mean diagonal of ${mean}`, 'check the network’s loss and the labels');
  });
  using scales = a.gpu.tensor(
    exponents.map((exponent) => 2 ** -exponent),
    [batch, 1, 1],
  );
  using scaled = k.elementwise('a * scale', { a, scale: scales });
  const reports = new Array<LogDetReport | undefined>(batch).fill(undefined);
  for (const jitter of JITTERS) {
    const { diagonals, residuals } = await attempt(scaled, jitter);
    for (let i = 0; i < batch; i++) {
      const own = diagonals.slice(i * n, (i + 1) * n);
      if (reports[i] || !own.every((value) => value > 0 && value < Number.POSITIVE_INFINITY)) continue;
      if (!(residuals[i] <= RESIDUAL_LIMIT)) {
        const found = `was factored with a residual of ${residuals[i]}, expected at most ${RESIDUAL_LIMIT}`;
        throw unfit(op, i, n, found, 'this adapter’s arithmetic is at fault; try another');
      }
      const logs = own.reduce((sum, value) => sum + 2 * Math.log(value), 0);
      const value = logs + n * exponents[i] * Math.LN2;
      reports[i] = { size: n, value, jitter: jitter * 2 ** exponents[i], residual: residuals[i] };
    }
    if (!reports.includes(undefined)) break;
  }
  return reports.map((report, i) => {
    if (report) return report;
    const found = `is not positive definite in f32, not even with jitter of ${JITTERS.at(-1)} of its mean diagonal`;
    throw unfit(op, i, n, found, 'raise the damping');
  });
}

/** Factors a + jitter · I [batch, n, n]: the diagonals of L, and each matrix's residual. */
async function attempt(a: Tensor, jitter: number): Promise<{ diagonals: number[]; residuals: number[] }> {
  const { kernels: k } = a.gpu;
  const { roots, residual } = a.gpu.scope(() => {
    const target = jitter > 0 ? addToDiagonal(k, k.elementwise('a', { a }), jitter) : a;
    const l = factorize(k, target);
    const product = multiply(l, l, { transposeB: true });
    const error = k.elementwise('(a - b) * (a - b)', { a: target, b: product });
    const size = k.elementwise('a * a', { a: target });
    const ratio = k.elementwise('sqrt(error / size)', {
      error: k.reduce('sum', error, [1, 2]),
      size: k.reduce('sum', size, [1, 2]),
    });
    return { roots: diagonalOf(k, l), residual: ratio };
  });
  const [diagonals, residuals] = await Promise.all([roots.data(), residual.data()]);
  roots.dispose();
  residual.dispose();
  return { diagonals: Array.from(diagonals), residuals: Array.from(residuals) };
}

function unfit(op: string, index: number, n: number, found: string, hint: string): FisherError {
  return new FisherError(`${op}: matrix ${index} (${n} × ${n}) ${found}; ${hint}`);
}
