import { aFlag, optional, options } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import { broadcastShapes, formatShape, type Shape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { diagonalOf, factorize, solve, type TriangularOptions, triangle } from './linalg-kernels';
import { multiply } from './matmul/product';
import { positiveDefinite, randn, sample } from './sample';

const LOWER = { upper: false, transpose: false, unitTriangular: false } as const;
const LOWER_TRANSPOSED = { ...LOWER, transpose: true } as const;

type MatrixArgs = readonly [A: Tensor];

/** @throws ShapeError unless A is [..., n, n] f32 with n ≥ 1 */
function checkSquare(op: string, a: Tensor): void {
  const [rows, columns] = a.shape.slice(-2);
  if (a.dtype === 'f32' && a.shape.length >= 2 && rows === columns && rows > 0) return;
  throw new ShapeError(
    `${op}: the matrix is ${a}, expected f32 [..., n, n] with n of at least 1; give square matrices on the last two axes`,
  );
}

/** Inputs on which all ops of symmetric matrices are tried: one block, its edge, several blocks, batches. */
const symmetricSamples = () => [
  sample<MatrixArgs>('one element', positiveDefinite([1, 1])),
  sample<MatrixArgs>('a small matrix', positiveDefinite([5, 5])),
  sample<MatrixArgs>('a matrix just over one block', positiveDefinite([33, 33])),
  sample<MatrixArgs>('a batch of matrices', positiveDefinite([2, 3, 4, 4])),
];

/**
 * Cholesky factor: lower triangular L with L Lᵀ = (A + Aᵀ) / 2, zeros above the diagonal. As the function of both
 * triangles that this is, its gradient is symmetric, as PyTorch's, and agrees with finite differences of any element.
 * Where a matrix of the batch is not positive definite, its L is NaN from the failing pivot on; the others are unharmed.
 * Backward: Murray, "Differentiation of the Cholesky decomposition", arXiv:1602.07527.
 * @param A [..., n, n] f32, symmetric positive definite
 * @returns [..., n, n]
 * @throws ShapeError
 * @example
 * ```ts
 * ops.cholesky(gpu.tensor([[4, 2], [2, 5]])); // → [[2.0, 0.0], [1.0, 2.0]]
 * ```
 */
export const cholesky = defineOp({
  name: 'cholesky',
  takes: { A: singles },
  parse: (...[A]: MatrixArgs) => ({ inputs: [A] as const, attrs: {} }),
  shape: ({ inputs: [a] }) => {
    checkSquare('cholesky', a);
    return a.shape;
  },
  forward: (k, { inputs: [a] }) => factorize(k, a),
  // L⁻ᵀ S L⁻¹, where S is the lower triangle of Lᵀ · grad, halved and mirrored.
  backward: (k, { grad, output: l }) => {
    const s = triangle(k, multiply(l, grad, { transposeA: true }), [0.5, 0.5, 0], [0, 0, 0.5]);
    const half = solve(k, l, s, LOWER_TRANSPOSED);
    const last = half.shape.length - 1;
    const turned = k.permute(half, [...half.shape.slice(0, -2).keys(), last, last - 1]);
    return [triangle(k, solve(k, l, turned, LOWER_TRANSPOSED), [0.5, 0.5, 0.5], [0.5, 0.5, 0.5])];
  },
  samples: symmetricSamples,
});

/**
 * Logarithm of the determinant of symmetric positive definite matrices, 2 Σ_i log L_ii by the Cholesky factor L of
 * (A + Aᵀ) / 2; its gradient is the inverse, symmetric. NaN for a matrix that is not positive definite, also where its
 * determinant is positive.
 * @param A [..., n, n] f32
 * @returns [...]
 * @throws ShapeError
 * @example
 * ```ts
 * ops.logDet(gpu.tensor([[2, 0], [0, 3]])); // → 1.792
 * ```
 */
export const logDet = defineOp({
  name: 'logDet',
  takes: { A: singles },
  parse: (...[A]: MatrixArgs) => ({ inputs: [A] as const, attrs: {} }),
  shape: ({ inputs: [a] }) => {
    checkSquare('logDet', a);
    return a.shape.slice(0, -2);
  },
  forward: (k, { inputs: [a] }) => {
    const factor = factorize(k, a);
    using diagonal = diagonalOf(k, factor);
    using logs = k.elementwise('log_of(x)', { x: diagonal });
    return { output: k.reduce('sum', logs, [a.shape.length - 2], false, 2), saved: { factor } };
  },
  backward: (k, { grad, inputs: [a], saved: { factor } }) => {
    const root = solve(k, factor, k.gpu.eye(a.shape[a.shape.length - 1]), LOWER);
    const inverse = multiply(root, root, { transposeA: true });
    return [k.elementwise('g * inverse', { g: grad.alias([...grad.shape, 1, 1]), inverse })];
  },
  samples: symmetricSamples,
});

type SolveArgs = [A: Tensor, B: Tensor, options?: TriangularOptions];

/** A call on a matrix whose triangles are both well-conditioned, so that it shows which of them is read. */
const solving = (title: string, a: Shape, b: Shape, options: TriangularOptions = {}) =>
  sample<SolveArgs>(title, positiveDefinite(a), randn(b), options);

/**
 * X with A X = B, or Aᵀ X = B, for triangular A, as torch.linalg.solve_triangular. The other triangle of A, and with
 * `unitTriangular` its diagonal, is not read and has gradient 0. A zero on the diagonal gives infinity or NaN.
 * @param A [..., n, n] f32, @param B [..., n, m] f32; batch axes broadcast
 * @returns [..., n, m]
 * @throws ShapeError
 * @example
 * ```ts
 * ops.solveTriangular(gpu.tensor([[2, 0], [1, 1]]), gpu.tensor([[4], [5]])); // → [[2.0], [3.0]]
 * ```
 */
export const solveTriangular = defineOp({
  name: 'solveTriangular',
  takes: {
    A: singles,
    B: singles,
    options: optional(
      options({ upper: optional(aFlag), transpose: optional(aFlag), unitTriangular: optional(aFlag) }),
    ),
  },
  parse: (...[A, B, options = {}]: SolveArgs) => {
    const { upper = false, transpose = false, unitTriangular = false } = options;
    return { inputs: [A, B] as const, attrs: { upper, transpose, unitTriangular } };
  },
  shape: ({ inputs: [a, b] }) => {
    checkSquare('solveTriangular', a);
    const n = a.shape[a.shape.length - 1];
    const [rows, columns] = b.shape.slice(-2);
    if (b.dtype !== 'f32' || b.shape.length < 2 || rows !== n || columns === 0) {
      throw new ShapeError(
        `solveTriangular: right-hand sides are ${b}, expected f32 [..., ${n}, m] with m of at least 1 for a matrix ${formatShape(a.shape)}`,
      );
    }
    const batch = broadcastShapes('solveTriangular', a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [...batch, n, columns];
  },
  forward: (k, { inputs: [a, b], attrs }) => solve(k, a, b, attrs),
  backward: (k, { grad, inputs: [a, b], output: x, attrs, needs }) => {
    const { upper, transpose, unitTriangular } = attrs;
    const db = solve(k, a, grad, { ...attrs, transpose: !transpose });
    let da: Tensor | undefined;
    if (needs[0]) {
      const product = transpose
        ? multiply(x, db, { transposeB: true })
        : multiply(db, x, { transposeB: true });
      const on = unitTriangular ? 0 : -1;
      da = k.sumTo(triangle(k, product, upper ? [0, on, -1] : [-1, on, 0]), a.shape);
    }
    return [da, needs[1] ? k.sumTo(db, b.shape) : undefined];
  },
  samples: () => [
    solving('one element', [1, 1], [1, 1]),
    solving('a lower triangle', [5, 5], [5, 3]),
    solving('an upper triangle', [5, 5], [5, 3], { upper: true }),
    solving('a lower triangle, transposed', [6, 6], [6, 2], { transpose: true }),
    solving('an upper triangle, transposed', [6, 6], [6, 2], { upper: true, transpose: true }),
    solving('a diagonal of ones', [4, 4], [4, 5], { unitTriangular: true }),
    solving('a diagonal of ones, upper', [4, 4], [4, 5], { upper: true, unitTriangular: true }),
    solving('several blocks, lower', [35, 35], [35, 2]),
    solving('several blocks, upper', [35, 35], [35, 2], { upper: true }),
    solving('more right-hand sides than a tile', [3, 3], [3, 70], { transpose: true }),
    solving('a batch', [2, 3, 4, 4], [2, 3, 4, 2], { upper: true }),
    solving('one matrix against a batch', [4, 4], [3, 4, 2]),
    solving('batch axes against each other', [2, 1, 3, 3], [3, 3, 2], { transpose: true }),
  ],
});
