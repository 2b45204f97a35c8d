// Infinities and NaN told apart, made and kept. Compilers may assume that they do not occur: they may take x != x for false,
// and WGSL has no literal of them. So their bits are looked at, and set.
// Imported wherever values come from outside: `//#import nan`.
// All are scalar, f32.

const INFINITE_BITS = 0x7f800000u;

// Never written: a value that the compiler does not know when it looks for infinite constants.
var<private> no_bits: u32;

fn size_bits(value: f32) -> u32 {
  return bitcast<u32>(value) & 0x7fffffffu;
}

fn is_nan(value: f32) -> bool {
  return size_bits(value) > INFINITE_BITS;
}

fn is_infinite(value: f32) -> bool {
  return size_bits(value) == INFINITE_BITS;
}

// 0 or a denormal, which may be taken for 0.
fn is_tiny(value: f32) -> bool {
  return size_bits(value) < 0x00800000u;
}

fn is_normal(value: f32) -> bool {
  return size_bits(value) - 0x00800000u < 0x7f000000u;
}

fn infinity() -> f32 {
  return bitcast<f32>(INFINITE_BITS | no_bits);
}

fn not_a_number() -> f32 {
  return bitcast<f32>(0x7fc00000u | no_bits);
}

fn with_sign_of(size: f32, sign: f32) -> f32 {
  return bitcast<f32>(size_bits(size) | (bitcast<u32>(sign) & 0x80000000u));
}

// The larger one, NaN if either is.
fn max_of(a: f32, b: f32) -> f32 {
  return select(select(max(a, b), b, is_nan(b)), a, is_nan(a));
}

// The same, of x and 0: a NaN or a number above 0 stays.
fn is_kept_by_relu(x: f32) -> bool {
  return x > 0.0 || is_nan(x);
}

// What a of max(a, b) gets of the gradient g: half where they are equal, all where either is NaN.
fn share_of_larger(g: f32, a: f32, b: f32) -> f32 {
  let share = select(select(0.0, 0.5 * g, a == b), g, a > b);
  return select(share, g, is_nan(a) || is_nan(b));
}

// x in [low, high]: where they are the wrong way round, high. NaN if any is.
fn limited(x: f32, low: f32, high: f32) -> f32 {
  let value = select(select(x, low, x < low), high, high < low || x > high);
  return select(value, not_a_number(), is_nan(x) || is_nan(low) || is_nan(high));
}

fn is_within(x: f32, low: f32, high: f32) -> bool {
  return x >= low && x <= high && !(is_nan(x) || is_nan(low) || is_nan(high));
}

// As C takes numbers for conditions: NaN and denormals are true.
fn is_true(x: f32) -> bool {
  return size_bits(x) != 0u;
}

// x, or 0 for an infinity: what exponents are shifted by.
fn finite(x: f32) -> f32 {
  return select(x, 0.0, is_infinite(x));
}
