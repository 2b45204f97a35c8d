// x σ(x) and x tanh(ln(1 + eˣ)), and their slopes, relatively exact also where they are small.
// Imported by the elementwise kernels of src/ops/units.ts, after nan and exponential: their text is put into the kernel.
// All are scalar, f32; infinities and NaN are treated as in PyTorch. Here e is e^(−|x|).

// As a product with 0 loses an infinity.
fn is_lost(x: f32) -> bool {
  return is_nan(x) | (is_infinite(x) & (x < 0.0));
}

// x, where it is not above 0 and eˣ not beyond what can matter.
fn below_zero(x: f32) -> f32 {
  return clamp(x, -115.0, 0.0);
}

fn silu_of(x: f32) -> f32 {
  let s = below_zero(x);
  let value = select(times_exp(s, s, 0.0), x, x > 0.0) / (1.0 + exp_of(-abs(x)));
  return select(select(value, with_sign_of(0.0, x), is_tiny(x)), not_a_number(), is_lost(x));
}

// σ(x) (1 + x σ(−x))
fn silu_slope(x: f32) -> f32 {
  let e = exp_of(-abs(x));
  let s = below_zero(x);
  let below = times_exp((1.0 + s / (1.0 + e)) / (1.0 + e), s, 0.0);
  let above = (1.0 + x * (e / (1.0 + e))) / (1.0 + e);
  return select(select(below, above, x > 0.0), not_a_number(), is_nan(x) | is_infinite(x));
}

// With n = eˣ (eˣ + 2), tanh(ln(1 + eˣ)) is n / (n + 2); where x is positive, both sides are taken times e².
fn mish_of(x: f32) -> f32 {
  let e = exp_of(-abs(x));
  let s = below_zero(x);
  let below = times_exp(s * (e + 2.0) / fma(e, e + 2.0, 2.0), s, 0.0);
  let part = fma(2.0, e, 1.0);
  let above = x * (part / fma(2.0 * e, e, part));
  let value = select(below, above, x > 0.0);
  return select(select(value, with_sign_of(0.0, x), is_tiny(x)), not_a_number(), is_lost(x));
}

// y + x (1 − y)(1 + y) σ(x) for y = tanh(ln(1 + eˣ)).
fn mish_slope(x: f32) -> f32 {
  let e = exp_of(-abs(x));
  let s = below_zero(x);
  let n = e * (e + 2.0);
  let rest = 2.0 / (n + 2.0);
  let below = times_exp((e + 2.0) / (n + 2.0) + s * rest * (1.0 + n / (n + 2.0)) / (1.0 + e), s, 0.0);
  let part = fma(2.0, e, 1.0);
  let whole = fma(2.0 * e, e, part);
  let above = part / whole + x * (2.0 * e * e / whole) * (1.0 + part / whole) / (1.0 + e);
  return select(select(below, above, x > 0.0), not_a_number(), is_nan(x) | is_infinite(x));
}
