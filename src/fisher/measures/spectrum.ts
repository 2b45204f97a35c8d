import { dot, type Rows } from './rows';

/** Steps that an eigenvalue takes at most; two or three are usual. */
const MOST_STEPS = 60;

/** Eigenvalues of a symmetric matrix, and some vectors' components along its eigenvectors. */
export interface Spectrum {
  readonly values: Float64Array;
  /** For each vector its components, in the order of the eigenvalues; a component's sign says nothing. */
  readonly components: readonly Float64Array[];
}

/**
 * Takes a symmetric matrix [n, n] apart in f64: Householder's reflections make it tridiagonal, QL with implicit shifts
 * diagonal (Golub and Van Loan, Matrix Computations, 8.3). Both turn the vectors [n] along, so that no eigenvector is
 * held: O(n³) for the matrix, O(n²) for each vector.
 */
export function spectrumOf(matrix: Rows, vectors: readonly Float64Array[]): Spectrum {
  const components = vectors.map((vector) => vector.slice());
  const { diagonal, beside } = tridiagonal(matrix, components);
  diagonalise(diagonal, beside, components);
  return { values: diagonal, components };
}

/** The diagonal, and the numbers beside it with a 0 at the end; turns the vectors in place. */
function tridiagonal({ rows: n, values }: Rows, vectors: readonly Float64Array[]) {
  const a = values.slice();
  const beside = new Float64Array(n);
  for (let k = 0; k + 2 < n; k++) {
    const size = n - k - 1;
    const rowOf = (i: number) => a.subarray((k + 1 + i) * n + k + 1, (k + 2 + i) * n);
    // The matrix is symmetric: its column below the diagonal is its row beside it.
    const v = a.slice(k * n + k + 1, (k + 1) * n);
    const length = Math.sqrt(dot(v, v));
    const first = v[0] > 0 ? -length : length;
    beside[k] = first;
    if (length === 0) continue;
    v[0] -= first;
    const factor = 2 / dot(v, v);
    const w = Float64Array.from({ length: size }, (_, i) => factor * dot(rowOf(i), v));
    const along = (factor / 2) * dot(w, v);
    for (let i = 0; i < size; i++) w[i] -= along * v[i];
    for (let i = 0; i < size; i++) {
      const row = rowOf(i);
      for (let j = 0; j < size; j++) row[j] -= v[i] * w[j] + w[i] * v[j];
    }
    for (const vector of vectors) {
      const rest = vector.subarray(k + 1);
      const share = factor * dot(rest, v);
      for (let i = 0; i < size; i++) rest[i] -= share * v[i];
    }
  }
  if (n > 1) beside[n - 2] = a[(n - 2) * n + n - 1];
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]), beside };
}

/** Turns a tridiagonal matrix diagonal, and the vectors with it, in place. */
function diagonalise(d: Float64Array, e: Float64Array, vectors: readonly Float64Array[]): void {
  const n = d.length;
  const isSmall = (i: number) => Math.abs(e[i]) <= Number.EPSILON * (Math.abs(d[i]) + Math.abs(d[i + 1]));
  for (let first = 0; first < n; first++) {
    for (let step = 0; step < MOST_STEPS; step++) {
      let last = first;
      while (last < n - 1 && !isSmall(last)) last++;
      if (last === first) break;
      sweep(d, e, vectors, first, last);
    }
  }
}

/** One step of QL over the block from `first` to `last`, shifted by the eigenvalue that its first corner is near to. */
function sweep(
  d: Float64Array,
  e: Float64Array,
  vectors: readonly Float64Array[],
  first: number,
  last: number,
): void {
  const slope = (d[first + 1] - d[first]) / (2 * e[first]);
  const root = Math.hypot(slope, 1);
  let g = d[last] - d[first] + e[first] / (slope + (slope < 0 ? -root : root));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let i = last - 1; i >= first; i--) {
    const f = sine * e[i];
    const b = cosine * e[i];
    const length = Math.hypot(f, g);
    e[i + 1] = length;
    if (length === 0) {
      // The block falls apart here.
      d[i + 1] -= shift;
      e[last] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    g = d[i + 1] - shift;
    const turned = (d[i] - g) * sine + 2 * cosine * b;
    shift = sine * turned;
    d[i + 1] = g + shift;
    g = cosine * turned - b;
    for (const vector of vectors) {
      const [below, above] = [vector[i], vector[i + 1]];
      vector[i + 1] = sine * below + cosine * above;
      vector[i] = cosine * below - sine * above;
    }
  }
  d[first] -= shift;
  e[first] = g;
  e[last] = 0;
}
