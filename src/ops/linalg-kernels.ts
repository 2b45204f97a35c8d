import type { Kernel } from '../../runtime/kernel';
import { fillRegions } from '../../runtime/wgsl/regions';
import choleskySource from '../../shaders/cholesky_block.wgsl';
import triangleSource from '../../shaders/triangle.wgsl';
import blockSource from '../../shaders/triangular_block.wgsl';
import updateSource from '../../shaders/triangular_update.wgsl';
import type { Kernels } from '../tensor/kernels';
import { broadcastShapes, sameShape, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';

const triangleKernel: Kernel = { name: 'triangle', source: triangleSource };
const choleskyKernel: Kernel = { name: 'cholesky.block', source: choleskySource };
const blockKernel: Kernel = { name: 'triangular.block', source: blockSource };
const updateKernels = {
  apart: { name: 'triangular.update', source: updateSource },
  // A buffer cannot be bound twice. So a left operand inside x is read through x.
  within: {
    name: 'cholesky.update',
    source: fillRegions(updateSource, { left: 'fn left_at(at: i32) -> f32 { return x[at]; }' }),
  },
} satisfies Record<string, Kernel>;

/** Columns that are factored, or rows that are solved, at a time; the shaders' workgroup memory is cut for it. */
const BLOCK = 32;
const SIDES = 64;
const TILE = 32;

/** Weights of the elements below the diagonal, on it and above it. */
type Weights = readonly [below: number, on: number, above: number];
const NONE: Weights = [0, 0, 0];

/** Where element (i, j) of matrix z lies: start + i * row + j * column + z * batch, in elements. */
interface Walk {
  readonly start: number;
  readonly row: number;
  readonly column: number;
  readonly batch: number;
}

const moved = (walk: Walk, rows: number, columns: number): Walk => ({
  ...walk,
  start: walk.start + rows * walk.row + columns * walk.column,
});
const transposed = (walk: Walk): Walk => ({ ...walk, row: walk.column, column: walk.row });

/** Number of matrices in [..., n, m]. */
const matricesIn = ({ shape }: Tensor): number => sizeOf(shape.slice(0, -2));

/** direct ∘ X + mirrored ∘ Xᵀ for square matrices [..., n, n]. */
export function triangle(k: Kernels, x: Tensor, direct: Weights, mirrored: Weights = NONE): Tensor {
  const n = x.shape[x.shape.length - 1];
  const out = k.empty(x.shape);
  const rows = matricesIn(x) * n;
  k.run(triangleKernel, {
    outputs: [out],
    inputs: [x],
    uniforms: { rows, n, direct: [...direct, 0], mirrored: [...mirrored, 0] },
    groups: Math.ceil((rows * Math.ceil(n / 4)) / 64),
  });
  return out;
}

/** L [..., n, n] with L Lᵀ = (A + Aᵀ) / 2, zeros above the diagonal; from the first pivot on that is not positive, NaN. */
export function factorize(k: Kernels, a: Tensor): Tensor {
  const n = a.shape[a.shape.length - 1];
  const batch = matricesIn(a);
  const l = triangle(k, a, [0.5, 0.5, 0], [0.5, 0.5, 0]);
  const whole: Walk = { start: 0, row: n, column: 1, batch: n * n };
  using corner = k.empty([batch, BLOCK, BLOCK]);
  const cornerWalk: Walk = { start: 0, row: BLOCK, column: 1, batch: BLOCK * BLOCK };
  for (let first = 0; first < n; first += BLOCK) {
    const size = Math.min(BLOCK, n - first);
    k.run(choleskyKernel, {
      outputs: [l, corner],
      inputs: [],
      uniforms: { n, first, size, batch, nan: Number.NaN },
      groups: batch,
      flops: (batch * size ** 3) / 3,
    });
    const rest = n - first - size;
    if (rest === 0) break;
    const below = moved(whole, first + size, first);
    // The panel P below is P · cornerᵀ = A there, that is corner · Pᵀ = Aᵀ.
    solveBlock(k, {
      t: corner,
      tWalk: cornerWalk,
      x: l,
      xWalk: transposed(below),
      size,
      columns: rest,
      batch,
    });
    update(k, {
      x: l,
      left: undefined,
      leftWalk: below,
      rightWalk: transposed(below),
      outWalk: moved(whole, first + size, first + size),
      rows: rest,
      columns: rest,
      depth: size,
      batch,
    });
  }
  return l;
}

/** Options of `solveTriangular`. */
export interface TriangularOptions {
  /** Whether A's upper triangle is read; default false: its lower one. */
  readonly upper?: boolean;
  /** Solves Aᵀ X = B; default false. */
  readonly transpose?: boolean;
  /** Takes the diagonal for ones without reading it; default false. */
  readonly unitTriangular?: boolean;
}

/** X [..., n, m] with op(A) X = B for triangular A [..., n, n]; batch axes broadcast. */
export function solve(k: Kernels, a: Tensor, b: Tensor, options: Required<TriangularOptions>): Tensor {
  const { upper, transpose, unitTriangular: unit } = options;
  const [n, columns] = b.shape.slice(-2);
  const batchShape = broadcastShapes('solveTriangular', a.shape.slice(0, -2), b.shape.slice(0, -2));
  const batch = sizeOf(batchShape);
  const x = k.elementwise('b', { b }, { shape: [...batchShape, n, columns] });
  const repeats = matricesIn(a) !== 1 && !sameShape(a.shape.slice(0, -2), batchShape);
  const t = repeats ? k.elementwise('a', { a }, { shape: [...batchShape, n, n] }) : a;
  const straight: Walk = { start: 0, row: n, column: 1, batch: matricesIn(t) === 1 ? 0 : n * n };
  const oriented = transpose ? transposed(straight) : straight;
  const plain: Walk = { start: 0, row: columns, column: 1, batch: n * columns };
  // An upper triangle is a lower one, read from its last row and column on.
  const backwards = upper !== transpose;
  const tWalk = backwards
    ? { ...moved(oriented, n - 1, n - 1), row: -oriented.row, column: -oriented.column }
    : oriented;
  const xWalk = backwards ? { ...moved(plain, n - 1, 0), row: -plain.row } : plain;
  for (let first = 0; first < n; first += BLOCK) {
    const size = Math.min(BLOCK, n - first);
    const here = moved(xWalk, first, 0);
    solveBlock(k, { t, tWalk: moved(tWalk, first, first), x, xWalk: here, size, columns, batch, unit });
    const rest = n - first - size;
    if (rest === 0) break;
    update(k, {
      x,
      left: t,
      leftWalk: moved(tWalk, first + size, first),
      rightWalk: here,
      outWalk: moved(xWalk, first + size, 0),
      rows: rest,
      columns,
      depth: size,
      batch,
    });
  }
  if (repeats) t.dispose();
  return x;
}

interface BlockSolve {
  readonly t: Tensor;
  readonly tWalk: Walk;
  readonly x: Tensor;
  readonly xWalk: Walk;
  readonly size: number;
  readonly columns: number;
  readonly batch: number;
  readonly unit?: boolean;
}

function solveBlock(k: Kernels, call: BlockSolve): void {
  const { t, tWalk, x, xWalk, size, columns, batch, unit = false } = call;
  const tiles = Math.ceil(columns / SIDES);
  k.run(blockKernel, {
    outputs: [x],
    inputs: [t],
    uniforms: { size, columns, batch, tiles, t: { ...tWalk }, x: { ...xWalk } },
    groups: batch * tiles,
    flops: batch * columns * size ** 2,
    constants: { UNIT: Number(unit) },
  });
}

interface Update {
  readonly x: Tensor;
  /** Undefined where it is a part of x. The output is then symmetric, and its upper triangle is left out. */
  readonly left: Tensor | undefined;
  readonly leftWalk: Walk;
  readonly rightWalk: Walk;
  readonly outWalk: Walk;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly batch: number;
}

function update(k: Kernels, call: Update): void {
  const { x, left, leftWalk, rightWalk, outWalk, rows, columns, depth, batch } = call;
  k.run(left ? updateKernels.apart : updateKernels.within, {
    outputs: [x],
    inputs: left ? [left] : [],
    uniforms: {
      rows,
      columns,
      depth,
      batch,
      left: { ...leftWalk },
      right: { ...rightWalk },
      out: { ...outWalk },
    },
    groups: Math.ceil(rows / TILE) * Math.ceil(columns / TILE) * batch,
    flops: (left ? 2 : 1) * batch * rows * columns * depth,
    constants: { LOWER: Number(left === undefined) },
  });
}

/** The diagonals [..., n] of matrices [..., n, n]. */
export function diagonalOf(k: Kernels, x: Tensor): Tensor {
  const n = x.shape[x.shape.length - 1];
  const out = k.empty(x.shape.slice(0, -1));
  return k.copy(x, { start: 0, strides: [n * n, n + 1] }, out, { start: 0, strides: [n, 1] }, [
    matricesIn(x),
    n,
  ]);
}

/** Adds a number, or one number a matrix ([..., 1]), to the diagonals of `x` [..., n, n] in place. */
export function addToDiagonal(k: Kernels, x: Tensor, value: number | Tensor): Tensor {
  const n = x.shape[x.shape.length - 1];
  using old = diagonalOf(k, x);
  using sum =
    typeof value === 'number'
      ? k.elementwise('x + value', { x: old }, { scalars: { value } })
      : k.elementwise('x + value', { x: old, value });
  return k.copy(sum, { start: 0, strides: [n, 1] }, x, { start: 0, strides: [n * n, n + 1] }, [
    matricesIn(x),
    n,
  ]);
}
