import { broadcastShapes, broadcastTo, map, type Ref, ref, zip } from './ref';

export const add = (a: Ref, b: Ref): Ref => zip(a, b, (x, y) => x + y);
export const sub = (a: Ref, b: Ref): Ref => zip(a, b, (x, y) => x - y);
export const mul = (a: Ref, b: Ref): Ref => zip(a, b, (x, y) => x * y);
export const div = (a: Ref, b: Ref): Ref => zip(a, b, (x, y) => x / y);
export const pow = (a: Ref, b: Ref): Ref => zip(a, b, (x, y) => x ** y);
export const maximum = (a: Ref, b: Ref): Ref => zip(a, b, (x, y) => Math.max(x, y));
export const minimum = (a: Ref, b: Ref): Ref => zip(a, b, (x, y) => Math.min(x, y));

export const neg = (x: Ref): Ref => map(x, (v) => -v);
export const exp = (x: Ref): Ref => map(x, Math.exp);
export const log = (x: Ref): Ref => map(x, Math.log);
export const sqrt = (x: Ref): Ref => map(x, Math.sqrt);
export const abs = (x: Ref): Ref => map(x, Math.abs);
export const relu = (x: Ref): Ref => map(x, (v) => Math.max(v, 0));
export const tanh = (x: Ref): Ref => map(x, Math.tanh);
export const sigmoid = (x: Ref): Ref => map(x, (v) => 1 / (1 + Math.exp(-v)));

/** min(max(x, low), high), as torch.clamp. */
export const clamp = (x: Ref, low = -Infinity, high = Infinity): Ref =>
  map(x, (v) => Math.min(Math.max(v, low), high));

/** a where the condition is not 0, else b; all three broadcast together. */
export function where(condition: Ref, a: Ref, b: Ref): Ref {
  const shape = broadcastShapes(condition.shape, a.shape, b.shape);
  const [wideCondition, wideA, wideB] = [condition, a, b].map((x) => broadcastTo(x, shape));
  return ref(
    shape,
    wideCondition.data.map((v, i) => (v !== 0 ? wideA.data[i] : wideB.data[i])),
  );
}

/**
 * erf(x) = 2/√π · e^(−x²) · Σ_n 2ⁿ x^(2n+1) / (1·3·5···(2n+1))  (Abramowitz & Stegun 7.1.6).
 * All terms have the sign of x, so nothing cancels; beyond |x| = 6 the result is ±1 in f64.
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** x · Φ(x) with the exact normal distribution function, PyTorch's default. */
export const gelu = (x: Ref): Ref => map(x, (v) => 0.5 * v * (1 + erf(v / Math.SQRT2)));
