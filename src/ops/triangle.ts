import type { Kernel } from '../../runtime/kernel';
import source from '../../shaders/band.wgsl';
import { computedAs } from '../tensor/dtype';
import { aWholeNumber, optional } from '../tensor/guard';
import { words } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, type Shape, ShapeError, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp, type Op } from './define';
import { randn, sample } from './sample';

const kernel: Kernel = { name: 'band', source };

type Args = [x: Tensor, diagonal?: number];

/** Below and above all diagonals that a matrix can have. */
const NONE_BELOW = -(2 ** 31);
const NONE_ABOVE = 2 ** 31 - 1;

/** What lies on diagonals from `low` to `high`, counted upwards from the main one, and zeros. */
function band(k: Kernels, x: Tensor, low: number, high: number): Tensor {
  if (x.dtype === 'f16') {
    using wide = k.cast(x, 'f32');
    return band(k, wide, low, high);
  }
  const [height, width] = x.shape.slice(-2);
  const out = k.empty(x.shape, computedAs(x.dtype));
  const rows = x.size / Math.max(1, width);
  k.run(kernel, {
    outputs: [out],
    inputs: [x],
    uniforms: { rows, height, width, low, high },
    groups: Math.ceil((rows * Math.ceil(width / 4)) / 64),
  });
  return out;
}

const defineTriangle = (name: string, limits: (diagonal: number) => readonly [number, number]): Op<Args> =>
  defineOp({
    name,
    takes: { x: words, diagonal: optional(aWholeNumber) },
    parse: (...[x, diagonal = 0]: Args) => ({ inputs: [x] as const, attrs: { diagonal } }),
    shape: ({ inputs: [x] }) => {
      if (x.shape.length >= 2) return x.shape;
      throw new ShapeError(
        `${name}: x is ${x}, expected matrices on the last two axes: [..., height, width]`,
      );
    },
    forward: (k, { inputs: [x], attrs: { diagonal } }) => band(k, x, ...limits(diagonal)),
    backward: (k, { grad, attrs: { diagonal } }) => [band(k, grad, ...limits(diagonal))],
    samples: () => [
      sample<Args>('a wide matrix', randn([3, 5])),
      sample<Args>('tall matrices of a batch, another diagonal', randn([2, 4, 3]), -1),
      sample<Args>('a diagonal above the main one', randn([4, 4]), 2),
    ],
  });

/**
 * x below and on a diagonal of its matrices [..., height, width], zeros above it, as torch.tril.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.tril(gpu.ones([2, 2])); // → [[1, 0], [1, 1]]
 * ```
 */
export const tril = defineTriangle('tril', (diagonal) => [NONE_BELOW, diagonal]);
/**
 * x above and on a diagonal of its matrices [..., height, width], zeros below it, as torch.triu.
 * @throws ShapeError
 * @example
 * ```ts
 * ops.triu(gpu.ones([2, 2]), 1); // → [[0, 1], [0, 0]]
 * ```
 */
export const triu = defineTriangle('triu', (diagonal) => [diagonal, NONE_ABOVE]);

/** How a diagonal of a matrix is walked, and how many elements it has. */
function diagonalWalk([height, width]: Shape, offset: number) {
  const length = Math.max(0, Math.min(height + Math.min(0, offset), width - Math.max(0, offset)));
  const start = offset >= 0 ? offset : -offset * width;
  return { length, walk: { start: length > 0 ? start : 0, strides: [width + 1] } };
}

const matrixOf = (length: number, offset: number): Shape => {
  const side = length + Math.abs(offset);
  return [side, side];
};

/**
 * A vector as a diagonal of a square matrix of zeros, or the diagonal of a matrix as a vector, as torch.diag.
 * @param x [n] or [height, width]
 * @param diagonal which one: 0 the main one, above it 1, 2, …, below it −1, −2, …
 * @throws ShapeError
 * @example
 * ```ts
 * ops.diag(gpu.tensor([1, 2])); // → [[1, 0], [0, 2]]
 * ```
 */
export const diag = defineOp({
  name: 'diag',
  takes: { x: words, diagonal: optional(aWholeNumber) },
  parse: (...[x, diagonal = 0]: Args) => ({ inputs: [x] as const, attrs: { diagonal } }),
  shape: ({ inputs: [x], attrs: { diagonal } }) => {
    if (x.shape.length === 1) return matrixOf(x.size, diagonal);
    if (x.shape.length === 2) return [diagonalWalk(x.shape, diagonal).length];
    throw new ShapeError(
      `diag: x is ${formatShape(x.shape)}, expected a vector [n] or a matrix [height, width]`,
    );
  },
  forward: (k, { inputs: [x], attrs: { diagonal }, shape }) => moved(k, x, diagonal, shape),
  backward: (k, { grad, inputs: [x], attrs: { diagonal } }) => [moved(k, grad, diagonal, x.shape)],
  samples: () => [
    sample<Args>('a vector onto a diagonal above', randn([3]), 1),
    sample<Args>('a diagonal below, of a matrix', randn([4, 3]), -1),
  ],
});

/** From a matrix to a vector, or back. */
function moved(k: Kernels, x: Tensor, diagonal: number, shape: Shape): Tensor {
  const dtype = computedAs(x.dtype);
  const toVector = shape.length === 1;
  const { length, walk } = diagonalWalk(toVector ? x.shape : shape, diagonal);
  const line = { start: 0, strides: stridesOf([length]) };
  const out = toVector ? k.empty(shape, dtype) : k.fill(k.empty(shape, dtype), 0);
  return toVector ? k.copy(x, walk, out, line, [length]) : k.copy(x, line, out, walk, [length]);
}
