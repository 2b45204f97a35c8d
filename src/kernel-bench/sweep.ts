/** One value for each constant of a sweep. */
export type Combination = Readonly<Record<string, number>>;

/** All combinations, the last constant fastest; one empty combination where nothing is swept. */
export function combinations(sweep: ReadonlyMap<string, readonly number[]>): Combination[] {
  return [...sweep].reduce<Combination[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}
