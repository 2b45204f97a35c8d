/**
 * The one-to-one assignment of rows to columns whose gains add up to the most, by shortest augmenting paths in O(n³).
 * Source: Kuhn (1955), Munkres (1957), in the form of Jonker and Volgenant (1987).
 * @param gains [n][n], any finite numbers
 * @returns the column of each row, a permutation
 */
export function assign(gains: readonly (readonly number[])[]): number[] {
  const n = gains.length;
  // Prices with rowPrice + columnPrice ≥ gain, equal where assigned, prove that no assignment gains more.
  const rowPrices = new Array<number>(n).fill(0);
  const columnPrices = new Array<number>(n).fill(0);
  const rowOf = new Array<number>(n).fill(NONE);
  for (let start = 0; start < n; start++) {
    const slack = new Array<number>(n).fill(Number.POSITIVE_INFINITY);
    const before = new Array<number>(n).fill(NONE);
    const tree: number[] = [];
    let column = NONE;
    do {
      if (column !== NONE) tree.push(column);
      const row = column === NONE ? start : rowOf[column];
      const open = rowOf.flatMap((_, c) => (tree.includes(c) ? [] : [c]));
      for (const c of open) {
        const over = rowPrices[row] + columnPrices[c] - gains[row][c];
        if (over >= slack[c]) continue;
        slack[c] = over;
        before[c] = column;
      }
      const nearest = open.reduce((best, c) => (slack[c] < slack[best] ? c : best));
      const change = slack[nearest];
      rowPrices[start] -= change;
      for (const c of tree) {
        rowPrices[rowOf[c]] -= change;
        columnPrices[c] += change;
      }
      for (const c of open) slack[c] -= change;
      column = nearest;
    } while (rowOf[column] !== NONE);
    while (column !== NONE) {
      const previous = before[column];
      rowOf[column] = previous === NONE ? start : rowOf[previous];
      column = previous;
    }
  }
  return rowOf.map((_, row) => rowOf.indexOf(row));
}

const NONE = -1;
