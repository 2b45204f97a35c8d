import { erf } from './elementwise';

/** Φ(x), the normal distribution function, relatively exact also where it is small. */
export function normalCdf(x: number): number {
  if (x > -2) return 0.5 * (1 + erf(x / Math.SQRT2));
  // Φ(−s) = φ(s) / (s + 1 / (s + 2 / (s + 3 / …))) (Abramowitz & Stegun 26.2.14)
  let tail = -x;
  for (let n = Math.ceil(400 / (x * x)) + 10; n >= 1; n--) tail = -x + n / tail;
  return normalDensity(x) / tail;
}

/** φ(x) = Φ′(x) */
export const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
