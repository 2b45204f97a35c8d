import { broadcastShapes, broadcastTo, type Ref, ref, size } from './ref';

/** Applies `f` to every matrix [n, n] of [..., n, n]. */
function eachMatrix<T>({ shape, data }: Ref, f: (matrix: Float64Array, n: number) => T): T[] {
  const n = shape[shape.length - 1];
  return Array.from({ length: size(shape.slice(0, -2)) }, (_, z) =>
    f(data.slice(z * n * n, (z + 1) * n * n), n),
  );
}

/** Lower factor of one matrix, read as (A + Aᵀ) / 2; NaN where it is not positive definite. */
function factor(a: Float64Array, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = (a[i * n + j] + a[j * n + i]) / 2;
      for (let k = 0; k < j; k++) rest -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = i === j ? Math.sqrt(rest) : rest / l[j * n + j];
    }
  }
  return l;
}

/** L with L Lᵀ = (A + Aᵀ) / 2; A [..., n, n]. */
export function cholesky(a: Ref): Ref {
  return ref(
    a.shape,
    eachMatrix(a, factor).flatMap((l) => [...l]),
  );
}

/** log det (A + Aᵀ) / 2 by Cholesky; [..., n, n] to [...]. */
export function logDet(a: Ref): Ref {
  const values = eachMatrix(a, (matrix, n) => {
    const l = factor(matrix, n);
    let total = 0;
    for (let i = 0; i < n; i++) total += 2 * Math.log(l[i * n + i]);
    return total;
  });
  return ref(a.shape.slice(0, -2), values);
}

export interface TriangularOptions {
  upper?: boolean;
  transpose?: boolean;
  unitTriangular?: boolean;
}

/** X with op(A) X = B for triangular A, by Gaussian elimination on the triangle written out; batch axes broadcast. */
export function solveTriangular(a: Ref, b: Ref, options: TriangularOptions = {}): Ref {
  const { upper = false, transpose = false, unitTriangular = false } = options;
  const [n, m] = b.shape.slice(-2);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const wide = broadcastTo(a, [...batch, n, n]);
  const x = broadcastTo(b, [...batch, n, m]);
  const isLower = upper === transpose;
  const order = Array.from({ length: n }, (_, i) => (isLower ? i : n - 1 - i));
  for (let z = 0; z < size(batch); z++) {
    const element = (i: number, j: number) => wide.data[z * n * n + (transpose ? j * n + i : i * n + j)];
    for (const pivot of order) {
      const rest = order.slice(order.indexOf(pivot) + 1);
      for (let c = 0; c < m; c++) {
        const at = (z * n + pivot) * m + c;
        if (!unitTriangular) x.data[at] /= element(pivot, pivot);
        for (const row of rest) x.data[(z * n + row) * m + c] -= element(row, pivot) * x.data[at];
      }
    }
  }
  return x;
}
