/** A matrix on the host, a row a sample. */
export interface Rows {
  /** Number of rows. */
  readonly rows: number;
  /** Numbers in each. */
  readonly columns: number;
  /** [rows × columns], a row after the other. */
  readonly values: Float64Array;
}

export const NO_ROWS: Rows = { rows: 0, columns: 0, values: new Float64Array() };

/** The matrix with each column less its mean. */
export function centred({ rows, columns, values }: Rows): Rows {
  const means = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) means[i % columns] += values[i] / rows;
  return { rows, columns, values: values.map((value, i) => value - means[i % columns]) };
}

export function transposed({ rows, columns, values }: Rows): Rows {
  const turned = new Float64Array(values.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c];
  return { rows: columns, columns: rows, values: turned };
}

/** a bᵀ [a.rows, b.rows], both of as many columns. */
export function products(a: Rows, b: Rows): Rows {
  const { columns } = a;
  const values = new Float64Array(a.rows * b.rows);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      let sum = 0;
      const [from, other] = [i * columns, j * columns];
      for (let c = 0; c < columns; c++) sum += a.values[from + c] * b.values[other + c];
      values[i * b.rows + j] = sum;
    }
  }
  return { rows: a.rows, columns: b.rows, values };
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
