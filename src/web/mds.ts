/** Where things stand in space, and how well their distances are kept. */
export interface Placement {
  readonly points: readonly (readonly [x: number, y: number, z: number])[];
  /** Kruskal's stress-1: 0 where every distance is kept, above 0.2 where the picture says little. */
  readonly stress: number;
}

const DIMENSIONS = 3;
const SWEEPS = 60;

/**
 * Classical multidimensional scaling (Torgerson 1952) into three dimensions. The points' inner products follow from
 * the doubly centred squares of their distances, and the coordinates from the three largest eigenvalues of the
 * products.
 * @param distances square; the mean of both directions is taken. Negative eigenvalues count as none
 */
export function placeTasks(distances: readonly (readonly number[])[]): Placement {
  const n = distances.length;
  const both = distances.map((row, i) => row.map((value, j) => (value + distances[j][i]) / 2));
  const squares = both.map((row) => row.map((value) => value * value));
  const rowMeans = squares.map(mean);
  const all = mean(rowMeans);
  const products = squares.map((row, i) =>
    row.map((value, j) => -0.5 * (value - rowMeans[i] - rowMeans[j] + all)),
  );
  const { values, vectors } = eigen(products);
  const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a]);
  const axes = order.slice(0, DIMENSIONS).map((k) => {
    const length = Math.sqrt(Math.max(0, values[k]));
    // An eigenvector has no sign of its own: its largest entry points upward.
    const largest = vectors.reduce((most, row) => (Math.abs(row[k]) > Math.abs(most) ? row[k] : most), 0);
    return vectors.map((row) => row[k] * length * Math.sign(largest || 1));
  });
  const points = Array.from({ length: n }, (_, i): [number, number, number] => [
    axes[0]?.[i] ?? 0,
    axes[1]?.[i] ?? 0,
    axes[2]?.[i] ?? 0,
  ]);
  return { points, stress: stressOf(both, points) };
}

function stressOf(wanted: readonly (readonly number[])[], points: Placement['points']): number {
  let error = 0;
  let total = 0;
  for (let i = 0; i < points.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y, z] = points[i].map((value, axis) => value - points[j][axis]);
      error += (wanted[i][j] - Math.hypot(x, y, z)) ** 2;
      total += wanted[i][j] ** 2;
    }
  }
  return total > 0 ? Math.sqrt(error / total) : 0;
}

/** Eigenvalues and vectors (columns) of a symmetric matrix, by Jacobi's rotations. */
function eigen(matrix: readonly (readonly number[])[]): { values: number[]; vectors: number[][] } {
  const n = matrix.length;
  const a = matrix.map((row) => [...row]);
  const v = a.map((_, i) => a.map((_, j) => Number(i === j)));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
    }
  }
  return { values: a.map((row, i) => row[i]), vectors: v };
}

/** Turns rows and columns p and q so that a[p][q] becomes 0. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
  }
  for (let k = 0; k < a.length; k++) {
    [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
    [v[k][p], v[k][q]] = [c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]];
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
