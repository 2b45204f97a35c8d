import { LANES_OF_VEC4, range } from '../../../runtime/wgsl/write';

/** Columns that are stored together. */
const COLUMNS = 4;

/** How a row of four columns is stored: as a vec4, one by one, or one by one into what is [columns, rows]. */
export type Store = 'wide' | 'one by one' | 'exchanged';

/** @param exchanged whether the kernel takes b for a and a for b; `columns`: of its result */
export const storeFor = (exchanged: boolean, columns: number): Store => {
  if (exchanged) return 'exchanged';
  return columns % COLUMNS === 0 ? 'wide' : 'one by one';
};

/** WGSL that stores the sums t0, t1, … of rows, which `rowOf` says the places of from row0 on. */
export const storeRows = (store: Store, rows: number, rowOf: (i: number) => string): string[] => [
  ...(store === 'exchanged' ? [] : ['let shift = bias_at(column0);']),
  ...range(rows).map((i) => STORES[store](`t${i}`, rowOf(i))),
];

export const storeInTurn = (store: Store, rows: number, turn: string): string =>
  [
    ...(store === 'exchanged' ? [] : ['let shift = bias_at(column0);']),
    `var sums = array<vec4<f32>, ${rows}>(${range(rows)
      .map((i) => `t${i}`)
      .join(', ')});`,
    `for (var i = 0u; i < ${rows}u; i++) {`,
    `let row = i ^ (${turn});`,
    STORES[store]('sums[i]', 'row'),
    '}',
  ].join('\n');

const STORES: Readonly<Record<Store, (sum: string, row: string) => string>> = {
  wide: (sum, row) =>
    `if (row0 + ${row} <= last_row && column0 + 3u <= last_column) {
  let at = (out_start + ${row} * params.n) / 4u;
  out[at] = rectified(${sum} + shift);
}`,
  'one by one': (sum, row) =>
    storeColumns(row, `rectified(${sum} + shift)`, (j) => `out_start + ${row} * params.n + ${j}u`),
  exchanged: (sum, row) =>
    storeColumns(
      row,
      `finished(${sum}, row0 + ${row})`,
      (j) => `(z * params.n + column0 + ${j}u) * params.m + row0 + ${row}`,
    ),
};

const storeColumns = (row: string, values: string, at: (j: number) => string): string =>
  `if (row0 + ${row} <= last_row) {
  let values = ${values};
${range(COLUMNS)
  .map((j) => `  if (column0 + ${j}u <= last_column) { out[${at(j)}] = values.${LANES_OF_VEC4[j]}; }`)
  .join('\n')}
}`;
