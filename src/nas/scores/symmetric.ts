/** A square matrix of f64 numbers, row by row. */
export type Matrix = readonly Float64Array[];

const MOST_SWEEPS = 50;

/**
 * Eigenvalues of a symmetric matrix [N, N], in no order, by rotations that clear one entry after another (Jacobi 1846;
 * Golub and Van Loan, "Matrix computations", 8.5).
 */
export function eigenvalues(matrix: Matrix): Float64Array {
  const a = matrix.map((row) => Float64Array.from(row));
  const n = a.length;
  const size = Math.sqrt(a.reduce((sum, row) => row.reduce((part, value) => part + value * value, sum), 0));
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) off += a[p][q] ** 2;
    if (Math.sqrt(off) <= 1e-14 * size) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) if (a[p][q] !== 0) rotate(a, p, q);
  }
  return Float64Array.from(a, (row, i) => row[i]);
}

/** Turns rows and columns p and q so that their common entry becomes 0. */
function rotate(a: Float64Array[], p: number, q: number): void {
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k][p], a[k][q]];
    a[k][p] = c * x - s * y;
    a[k][q] = s * x + c * y;
  }
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[p][k], a[q][k]];
    a[p][k] = c * x - s * y;
    a[q][k] = s * x + c * y;
  }
}

/** log |det| of a matrix [N, N], by elimination with row exchanges; −∞ where it is singular. */
export function logAbsDet(matrix: Matrix): number {
  const a = matrix.map((row) => Float64Array.from(row));
  let log = 0;
  for (let k = 0; k < a.length; k++) {
    let pivot = k;
    for (let i = k + 1; i < a.length; i++) if (Math.abs(a[i][k]) > Math.abs(a[pivot][k])) pivot = i;
    [a[k], a[pivot]] = [a[pivot], a[k]];
    if (a[k][k] === 0) return Number.NEGATIVE_INFINITY;
    log += Math.log(Math.abs(a[k][k]));
    for (let i = k + 1; i < a.length; i++) {
      const factor = a[i][k] / a[k][k];
      for (let j = k; j < a.length; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return log;
}
