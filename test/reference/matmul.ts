import { add } from './elementwise';
import { broadcastShapes, broadcastTo, type Ref, size } from './ref';
import { permute } from './shape';

export interface MatmulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** Swaps the last two axes. */
function transpose(x: Ref): Ref {
  const rank = x.shape.length;
  const axes = x.shape.map((_, axis) => axis);
  return permute(x, [...axes.slice(0, -2), rank - 1, rank - 2]);
}

/** As `product`, where a vector a is a row and a vector b a column, whose axis the result does not have. */
export function matmul(a: Ref, b: Ref, { transposeA = false, transposeB = false }: MatmulOptions = {}): Ref {
  const [isRow, isColumn] = [a, b].map(({ shape }) => shape.length === 1);
  const left = isRow ? { ...a, shape: [1, ...a.shape] } : a;
  const right = isColumn ? { ...b, shape: [...b.shape, 1] } : b;
  const { shape, data } = product(
    transposeA && !isRow ? transpose(left) : left,
    transposeB && !isColumn ? transpose(right) : right,
  );
  const [rows, columns] = shape.splice(-2);
  return { shape: [...shape, ...(isRow ? [] : [rows]), ...(isColumn ? [] : [columns])], data };
}

/** C[..., i, j] = Σ_k A[..., i, k] · B[..., k, j]; leading axes broadcast; rank ≥ 2. */
function product(left: Ref, right: Ref): Ref {
  const [rows, inner] = left.shape.slice(-2);
  const [innerB, columns] = right.shape.slice(-2);
  if (inner !== innerB) throw new Error(`[${left.shape}] and [${right.shape}] do not multiply`);
  const batch = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const wideLeft = broadcastTo(left, [...batch, rows, inner]);
  const wideRight = broadcastTo(right, [...batch, inner, columns]);
  const shape = [...batch, rows, columns];
  const data = new Float64Array(size(shape));
  for (let matrix = 0; matrix < size(batch); matrix++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let total = 0;
        for (let k = 0; k < inner; k++) {
          const factor = wideLeft.data[(matrix * rows + row) * inner + k];
          total += factor * wideRight.data[(matrix * inner + k) * columns + column];
        }
        data[(matrix * rows + row) * columns + column] = total;
      }
    }
  }
  return { shape, data };
}

/** x Wᵀ + b; x [..., in], weight [out, in], bias [out]. */
export function linear(x: Ref, weight: Ref, bias?: Ref): Ref {
  const product = matmul(x, weight, { transposeB: true });
  return bias ? add(product, bias) : product;
}
