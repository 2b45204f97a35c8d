/** Numbers of a tensor, row by row. */
export interface Numbers {
  /** Lengths of the axes. */
  readonly shape: readonly number[];
  /** The numbers, row-major. */
  readonly data: ArrayLike<number>;
}

/** A function of several tensors. */
export type Forward = (inputs: readonly Numbers[]) => Numbers | Promise<Numbers>;

/** A difference formula: f'(x) ≈ Σ weight · f(x + at · step) / step. */
export interface Stencil {
  readonly step: number;
  readonly points: readonly { readonly at: number; readonly weight: number }[];
}

/** Of functions in f64. */
export const FINE: Stencil = {
  step: 1e-5,
  points: [
    { at: 1, weight: 1 / 2 },
    { at: -1, weight: -1 / 2 },
  ],
};

/** Of functions in f32, whose rounding a small step would enlarge: four points, exact up to the fourth derivative. */
export const COARSE: Stencil = {
  step: 1 / 16,
  points: [
    { at: 2, weight: -1 / 12 },
    { at: 1, weight: 8 / 12 },
    { at: -1, weight: -8 / 12 },
    { at: -2, weight: 1 / 12 },
  ],
};

/** Derivatives of Σ weights · f(inputs) by inputs[which], at the entries named: finite differences, added up in f64. */
export async function finiteDifferences(
  f: Forward,
  inputs: readonly Numbers[],
  which: number,
  weights: ArrayLike<number>,
  entries: readonly number[],
  { step, points }: Stencil,
): Promise<number[]> {
  const moved = inputs.map(({ shape, data }) => ({ shape, data: Float64Array.from(data) }));
  const { data } = moved[which];
  const slopes: number[] = [];
  for (const entry of entries) {
    const value = data[entry];
    let slope = 0;
    for (const { at, weight } of points) {
      data[entry] = value + at * step;
      const result = await f(moved);
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * result.data[i];
      slope += (weight * sum) / step;
    }
    data[entry] = value;
    slopes.push(slope);
  }
  return slopes;
}
