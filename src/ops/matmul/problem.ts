import { broadcastShapes, formatShape, type Shape, ShapeError } from '../../tensor/shape';

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Reads a as [..., K, M]. */
  readonly transposeA?: boolean;
  /** Reads b as [..., N, K]. */
  readonly transposeB?: boolean;
}

/** The sizes of a (batched) product. */
interface Problem {
  readonly shape: number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: Shape;
}

/** Shapes of a (batched) product. @throws ShapeError */
export function matmulProblem(
  a: Shape,
  b: Shape,
  { transposeA = false, transposeB = false }: MatmulOptions,
): Problem {
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError(
      `matmul: needs at least 1 axis each, got ${formatShape(a)} and ${formatShape(b)}; multiply by a number with ops.mul`,
    );
  }
  const [m, ka] = transposeA ? [a[a.length - 1], a[a.length - 2]] : [a[a.length - 2], a[a.length - 1]];
  const [kb, n] = transposeB ? [b[b.length - 1], b[b.length - 2]] : [b[b.length - 2], b[b.length - 1]];
  if (ka !== kb) {
    const how = (shape: Shape, transposed: boolean) =>
      `${formatShape(shape)}${transposed ? ' transposed' : ''}`;
    throw new ShapeError(
      `matmul: inner lengths differ, ${ka} in ${how(a, transposeA)} against ${kb} in ${how(b, transposeB)}`,
    );
  }
  const batch = broadcastShapes('matmul', a.slice(0, -2), b.slice(0, -2));
  return { shape: [...batch, m, n], m, n, k: ka, batch };
}
