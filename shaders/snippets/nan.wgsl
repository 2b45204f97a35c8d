// Infinities and NaN told apart, made and kept. Compilers may assume that they do not occur: they may take x != x for false,
// and WGSL has no literal of them. So their bits are looked at, and set.
// Imported wherever values come from outside: `//#import nan`.
// All are scalar, f32.

const INFINITE_BITS = 0x7f800000u;

// Always 0, but no constant: WGSL refuses infinite constants.
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

// Whether max(x, 0) passes its gradient on to x.
fn is_kept_by_relu(x: f32) -> bool {
  return (x > 0.0) | is_nan(x);
}
