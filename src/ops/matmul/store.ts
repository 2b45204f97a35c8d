import { LANES_OF_VEC4, range, selectedInTurn, sumsInTurn } from '../../../runtime/wgsl/write';

/** Columns that are stored together. */
const COLUMNS = 4;

/** How a row of four columns is stored: as a vec4, one by one, or one by one into what is [columns, rows]. */
export type Store = 'wide' | 'one by one' | 'exchanged';

/** @param exchanged whether the kernel takes b for a and a for b; `columns`: of its result */
export const storeFor = (exchanged: boolean, columns: number): Store => {
  if (exchanged) return 'exchanged';
  return columns % COLUMNS === 0 ? 'wide' : 'one by one';
};

const shiftOf = (store: Store): string => (store === 'exchanged' ? '' : 'let shift = bias_at(column0);');
const sumsOf = (rows: number): string[] => range(rows).map((i) => `t${i}`);

/** WGSL that stores the sums t0, t1, … of rows; `row` says the place of the i-th from row0 on. */
export const storeRows = (store: Store, rows: number, row: string): string =>
  `${shiftOf(store)}
${sumsInTurn(sumsOf(rows), [`let row = ${row};`, STORES[store]])}`;

/** The same for lavapipe, where the i-th row is row0 + i. */
export const storeSelected = (store: Store, rows: number): string =>
  `${shiftOf(store)}
${selectedInTurn(sumsOf(rows), 'params.m - row0', ['let row = i;', STORES[store]])}`;

const storeColumns = (values: string, at: (j: number) => string): string =>
  `if (row0 + row <= last_row) {
  let values = ${values};
${range(COLUMNS)
  .map((j) => `  if (column0 + ${j}u <= last_column) { out[${at(j)}] = values.${LANES_OF_VEC4[j]}; }`)
  .join('\n')}
}`;

const STORES: Readonly<Record<Store, string>> = {
  wide: `if (row0 + row <= last_row && column0 + 3u <= last_column) {
  let at = (out_start + row * params.n) / 4u;
  out[at] = rectified(sum + shift);
}`,
  'one by one': storeColumns('rectified(sum + shift)', (j) => `out_start + row * params.n + ${j}u`),
  exchanged: storeColumns(
    'finished(sum, row0 + row)',
    (j) => `(z * params.n + column0 + ${j}u) * params.m + row0 + row`,
  ),
};
