// Functions that WGSL lacks or that overflow where their mathematics does not.
// Imported by the elementwise kernels, after nan: `//#import math`.
// All are scalar, f32.

// tanh by way of exp overflows to NaN on some drivers; it is ±1 in f32 from 10 on.
fn safe_tanh(x: f32) -> f32 {
  return select(tanh(clamp(x, -10.0, 10.0)), x, is_nan(x));
}

// 1 / (1 + e⁻ˣ) without overflow on either side.
fn sigmoid_of(x: f32) -> f32 {
  let e = exp(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// aᵇ as in C: a negative base is allowed for whole b, a⁰ is 1, else NaN.
fn power(a: f32, b: f32) -> f32 {
  if (b == 0.0) { return 1.0; }
  let size = pow(abs(a), b);
  if (a >= 0.0) { return size; }
  if (b != floor(b)) { return sqrt(a); }
  return select(-size, size, b == 2.0 * floor(0.5 * b));
}

// Error function: Abramowitz and Stegun, 7.1.26, |error| ≤ 1.5e-7; the series below 0.5 keeps small x exact.
fn erf(x: f32) -> f32 {
  let s = abs(x);
  if (s < 0.5) {
    let q = x * x;
    return x * 1.1283791671 * (1.0 - q * (0.3333333333 - q * (0.1 - q * (0.0238095238 - q * (0.0046296296 - q * 0.00075757576)))));
  }
  let t = 1.0 / (1.0 + 0.3275911 * s);
  let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - poly * exp(-s * s));
}

// Φ(x), the normal distribution function.
fn normal_cdf(x: f32) -> f32 {
  return 0.5 * (1.0 + erf(x * 0.7071067812));
}
