/** 1 / (1 + e⁻ˣ), without overflow. */
export const sigmoidAt = (x: number): number =>
  x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));

/** ln(1 + eˣ), without overflow. */
export const softplusAt = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
