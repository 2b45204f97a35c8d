/** A distance over all pairs of tasks: [source][target], in the order of the tasks. */
export interface Summary {
  /** Mean over the seeds. */
  readonly mean: number[][];
  /** Sample standard deviation over the seeds; 0 for one seed. */
  readonly sd: number[][];
  /** One matrix a seed; where Fishers were averaged over the seeds, one in all. */
  readonly perSeed: number[][][];
}

/** Mean and standard deviation of some values. */
export interface Spread {
  /** Their mean. */
  readonly mean: number;
  /** Sample standard deviation; 0 for one value. */
  readonly sd: number;
}

export function summarise(perSeed: number[][][]): Summary {
  const over = (statistic: (values: number[]) => number): number[][] =>
    (perSeed[0] ?? []).map((row, source) =>
      row.map((_, target) => statistic(perSeed.map((matrix) => matrix[source][target]))),
    );
  return { mean: over(meanOf), sd: over(deviationOf), perSeed };
}

/** Null of no values. */
export const spreadOf = (values: readonly number[]): Spread | null =>
  values.length > 0 ? { mean: meanOf(values), sd: deviationOf(values) } : null;

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
