function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) =>
    permutations(items.filter((item) => item !== first)).map((others) => [first, ...others]),
  );
}

/** Every assignment of rows to columns whose total gain is the largest, found by trying all. */
export function bestAssignments(gains: readonly (readonly number[])[]): number[][] {
  const all = permutations(gains.map((_, i) => i));
  const totals = all.map((columns) => columns.reduce((sum, column, row) => sum + gains[row][column], 0));
  const most = Math.max(...totals);
  return all.filter((_, i) => totals[i] === most);
}
