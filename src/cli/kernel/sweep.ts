/** One value for each constant of a sweep. */
export type Combination = ReadonlyMap<string, number>;

/** All combinations, the last constant fastest; one empty combination where nothing is swept. Of a name given twice the later list counts. */
export function combinations(sweeps: readonly { name: string; values: readonly number[] }[]): Combination[] {
  const lists = new Map(sweeps.map(({ name, values }) => [name, values]));
  return [...lists].reduce<Combination[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => new Map(one).set(name, value))),
    [new Map()],
  );
}

export const combinationText = (combination: Combination): string =>
  [...combination].map(([name, value]) => `${name}=${value}`).join(' ');

export interface Spread {
  readonly median: number;
  readonly best: number;
  readonly worst: number;
}

/** @param samples at least one */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median, best: sorted[0], worst: sorted[sorted.length - 1] };
}
