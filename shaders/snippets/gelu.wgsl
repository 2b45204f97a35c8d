// x Φ(x), Φ the normal distribution function, and the approximation by a hyperbolic tangent; their slopes.
// Imported by the elementwise kernels of src/ops/gelu.ts, after nan and exponential: their text is put into the kernel.
// All are scalar, f32, relatively exact also where they are small; infinities and NaN are treated as in PyTorch.

// factor · e^(−s²/2) for s from 0 to 15: s² is split so that it is exact.
fn times_bell(factor: f32, s: f32) -> f32 {
  let high = upper(s);
  return times_exp(factor, -0.5 * high * high, -0.5 * (s - high) * (s + high));
}

// Φ(−s) e^(s²/2) for s from 0 to 15, Φ the normal distribution function. Fitted: relative error below 6e-8.
fn tail_ratio(s: f32) -> f32 {
  let t = 1.0 / fma(0.3, s, 1.0);
  var p = fma(0.0384252444, t, -0.169394046);
  p = fma(p, t, 0.229130164);
  p = fma(p, t, -0.0770430416);
  p = fma(p, t, 0.142905205);
  p = fma(p, t, 0.0945265368);
  p = fma(p, t, 0.121960357);
  p = fma(p, t, 0.119482107);
  return fma(p, t, 7.49466017e-6);
}

// x Φ(x), relatively exact also where Φ(x) is small.
fn gelu_of(x: f32) -> f32 {
  let s = min(abs(x), 15.0);
  let below = times_bell(with_sign_of(s, x) * tail_ratio(s), s);
  // PyTorch has NaN for −∞, which is −∞ times 0.
  let is_lost = is_nan(x) | (is_infinite(x) & (x < 0.0));
  return select(select(below, x - below, x > 0.0), not_a_number(), is_lost);
}

// Φ(x) + x Φ′(x)
fn gelu_slope(x: f32) -> f32 {
  let s = min(abs(x), 15.0);
  let below = times_bell(tail_ratio(s) - 0.3989422804 * s, s);
  return select(select(below, 1.0 - below, x > 0.0), not_a_number(), is_nan(x) | is_infinite(x));
}

// x (1 + tanh(w / 2)) / 2 is x / (1 + e^(−w)) for w = x (B + C x²) with B = √(8/π), C = 0.044715 B.
const B_HIGH = 1.595703125;
const B_LOW = 6.59966057e-5;
const C_HIGH = 0.07135009765625;
const C_LOW = 4.71861635e-6;

// −w for s from 0 to 11 in two parts, the first of 24 bits: it stands in an exponent, which magnifies what is lost.
fn tanh_exponent(s: f32) -> vec2<f32> {
  let high = upper(s);
  let square = upper(high * high);
  let cubic = C_HIGH * square;
  let small = B_LOW + C_LOW * square + 0.0713548163 * ((high * high - square) + (s - high) * (s + high));
  let slope = upper(B_HIGH + cubic);
  let rest = ((B_HIGH - slope) + cubic) + small;
  return vec2<f32>(-high * slope, -(high * rest + (s - high) * (slope + rest)));
}

fn gelu_tanh_of(x: f32) -> f32 {
  let s = min(abs(x), 11.0);
  let w = tanh_exponent(s);
  let below = times_exp(with_sign_of(s, x), w.x, w.y) / (1.0 + exp_of(w.x + w.y));
  let is_lost = is_nan(x) | (is_infinite(x) & (x < 0.0));
  return select(select(below, x - below, x > 0.0), not_a_number(), is_lost);
}

// σ(w) + x σ(w) σ(−w) w′, where w′ = B + 3 C x².
fn gelu_tanh_slope(x: f32) -> f32 {
  let s = min(abs(x), 11.0);
  let w = tanh_exponent(s);
  let whole = 1.0 + exp_of(w.x + w.y);
  let below = times_exp((1.0 - s * fma(0.214064449 * s, s, 1.59576912) / whole) / whole, w.x, w.y);
  return select(select(below, 1.0 - below, x > 0.0), not_a_number(), is_nan(x) | is_infinite(x));
}
