// Functions that WGSL lacks, or whose built-in form is too far off on some adapters, and choices that a NaN must not fool.
// Imported by the elementwise kernels, after nan and exponential: `//#import math`.
// All are scalar, f32, to about 5e-7; infinities, zeros and NaN are treated as in PyTorch.

// The polynomial below 0.65 was fitted: relative error below 2e-7.
fn tanh_of(x: f32) -> f32 {
  let s = min(abs(x), 10.0);
  let q = s * s;
  var p = fma(1.47763463e-2, q, -5.16607463e-2);
  p = fma(p, q, 1.33023486e-1);
  p = fma(p, q, -3.33320141e-1);
  let far = 1.0 - 2.0 / (exp_inside(2.0 * s, 0.0) + 1.0);
  let size = select(far, fma(p * q, s, s), s < 0.65);
  return select(with_sign_of(size, x), x, is_nan(x));
}

// 1 − tanh² x = (2 e^(−|x|) / (1 + e^(−2|x|)))²: 1 − y² would cancel where y is near 1.
fn tanh_slope(x: f32) -> f32 {
  let e = exp_of(-abs(x));
  let root = 2.0 * e / fma(e, e, 1.0);
  return root * root;
}

// 1 / (1 + e⁻ˣ) without overflow on either side.
fn sigmoid_of(x: f32) -> f32 {
  let e = exp_of(-abs(x));
  return select(e, 1.0, x >= 0.0) / (1.0 + e);
}

// y (1 − y), which would cancel where y is near 1.
fn sigmoid_slope(x: f32) -> f32 {
  let e = exp_of(-abs(x));
  return e / ((1.0 + e) * (1.0 + e));
}

// |a|ᵇ for b ≠ 0. The logarithm has 24 + 12 bits, so that a large b does not magnify its error.
fn power_of_size(a: f32, b: f32) -> f32 {
  let parts = parts_of(abs(a));
  let f = parts.f;
  let high = parts.k * LN2_HIGH;
  let f_high = upper(f);
  let half_square = 0.5 * f_high * f_high;
  let small = f * f * f * log_tail(f) - 0.5 * (f - f_high) * (f + f_high) + parts.k * LN2_LOW;
  let log_high = upper(high + ((f - half_square) + small));
  let log_low = (((high - log_high) + f) - half_square) + small;
  // The logarithms of 0 and infinity come out large, as if these were powers of 2.
  let exponent = b * log_high * select(infinity(), 1.0, is_normal(a));
  let is_far = (exponent > 90.0) | (exponent < -105.0);
  let b_high = upper(b);
  let near = times_exp(
    1.0,
    select(b_high * log_high, 0.0, is_far),
    select((b - b_high) * log_high + b * log_low, 0.0, is_far),
  );
  return select(select(near, select(0.0, infinity(), exponent > 0.0), is_far), 1.0, abs(a) == 1.0);
}

// aᵇ as in C: a negative base is allowed for whole b, a⁰ and 1ᵇ are 1.
fn power(a: f32, b: f32) -> f32 {
  let size = power_of_size(a, b);
  let is_negative = bitcast<u32>(a) > 0x80000000u;
  let is_whole = (abs(b) >= 0x1p+24) | (b == floor(b));
  let is_odd = is_whole & (abs(b) < 0x1p+24) & (b != 2.0 * floor(0.5 * b));
  let is_imaginary = !is_whole & is_negative & !is_infinite(a) & !is_tiny(a);
  let signed = select(size, -size, is_odd & (bitcast<u32>(a) >= 0x80000000u));
  let value = select(signed, not_a_number(), is_imaginary | is_nan(a) | is_nan(b));
  return select(value, 1.0, (b == 0.0) | (a == 1.0));
}

// b a^(b − 1) where y = aᵇ, 0 where b is 0. Where y is there, so are all digits of b; b − 1 may be rounded.
fn power_slope(a: f32, b: f32, y: f32) -> f32 {
  let alone = b * power(a, b - 1.0);
  // In the order that leaves the range of f32 last.
  let size = select(b * (y / a), (b * y) / a, (abs(b) < 1.0) | (abs(y) < 1.0));
  let value = select(alone, with_sign_of(size, alone), is_normal(a) & is_normal(y));
  return select(value, 0.0, b == 0.0);
}

// What a of max(a, b) gets of the gradient g: half where they are equal, all where either is NaN.
fn share_of_larger(g: f32, a: f32, b: f32) -> f32 {
  let share = select(select(0.0, 0.5 * g, a == b), g, a > b);
  return select(share, g, is_nan(a) | is_nan(b));
}

// x in [low, high]: where they are the wrong way round, high. NaN if any is.
fn limited(x: f32, low: f32, high: f32) -> f32 {
  let value = select(select(x, low, x < low), high, (high < low) | (x > high));
  return select(value, not_a_number(), is_nan(x) | is_nan(low) | is_nan(high));
}

fn is_within(x: f32, low: f32, high: f32) -> bool {
  return (x >= low) & (x <= high) & !(is_nan(x) | is_nan(low) | is_nan(high));
}

// −1, 0 or 1, of NaN 0.
fn sign_of(x: f32) -> f32 {
  return select(sign(x), 0.0, is_nan(x));
}

// As C takes numbers for conditions: NaN and denormals are true.
fn is_true(x: f32) -> bool {
  return size_bits(x) != 0u;
}

// x, or 0 for an infinity: what exponents are shifted by.
fn finite(x: f32) -> f32 {
  return select(x, 0.0, is_infinite(x));
}
