import type { Shape } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { ProductCall } from './per-sample';
import { type MatmulOptions, matmulProblem } from './problem';

/** A product's options, and the shapes of its operands as matrices: a vector a is a row, a vector b a column. */
export interface MatmulAttrs extends Required<MatmulOptions> {
  readonly rows: Shape;
  readonly columns: Shape;
}

type Operands = readonly [Tensor, Tensor];

export const isVector = ({ shape }: Tensor): boolean => shape.length === 1;

/** There is nothing to transpose of a vector. */
export function attrsOf(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatmulOptions,
): MatmulAttrs {
  return {
    transposeA: transposeA && !isVector(a),
    transposeB: transposeB && !isVector(b),
    rows: isVector(a) ? [1, ...a.shape] : a.shape,
    columns: isVector(b) ? [...b.shape, 1] : b.shape,
  };
}

/** Of the product of the matrices. @throws ShapeError */
export const productShape = (attrs: MatmulAttrs): Shape =>
  matmulProblem(attrs.rows, attrs.columns, attrs).shape;

/** Operands as matrices: views of vectors. */
export const matricesOf = ([a, b]: Operands, { rows, columns }: MatmulAttrs): [Tensor, Tensor] => [
  isVector(a) ? a.alias(rows) : a,
  isVector(b) ? b.alias(columns) : b,
];

/**
 * A product as one of matrices whose first axis is the samples', and which of its operands is meant. A vector times a matrix is
 * turned over, aB = (Bᵀaᵀ)ᵀ: its samples are the columns of the matrix.
 */
export function sampleProduct(
  { inputs, attrs, grad }: { inputs: Operands; attrs: MatmulAttrs; grad: Tensor },
  which: 0 | 1,
): { product: ProductCall; place: 0 | 1 } {
  const [a, b] = matricesOf(inputs, attrs);
  if (isVector(inputs[0]) && inputs[1].shape.length === 2) {
    const column = a.alias([a.shape[1], 1]);
    const turned = { transposeA: !attrs.transposeB, transposeB: false };
    const product = { inputs: [b, column] as const, attrs: turned, grad: grad.alias([grad.size, 1]) };
    return { product, place: which === 0 ? 1 : 0 };
  }
  const whole = inputs.some(isVector) ? grad.alias(productShape(attrs)) : grad;
  return { product: { inputs: [a, b], attrs, grad: whole }, place: which };
}
