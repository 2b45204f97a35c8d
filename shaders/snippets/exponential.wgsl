// eˣ and ln x to about 2e-7. The built-in ones lose digits on many adapters: log all of them near 1, exp beyond ±30.
// Imported by elementwise kernels, softmax and cross-entropy, after nan: `//#import exponential`.
// Infinities, zeros and NaN are treated as in C; denormals may be taken for 0.

// ln 2 in two parts. A whole number below 2^14 times the first is exact.
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440e-4;

// The upper 12 bits of a number. What is left of it, and products of two such, are exact.
fn upper(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}

// The last nine bits of a whole number, at the place of an exponent. (A conversion to i32 is dear: it looks for overflows.)
fn exponent_bits(n: f32) -> u32 {
  return bitcast<u32>(n + 12582912.0) << 23u;
}

// e^(a + b) for a + b from −87 to 88. The polynomial was fitted: relative error below 1.2e-7.
fn exp_inside(a: f32, b: f32) -> f32 {
  let n = round((a + b) * 1.44269504);
  let r = ((a - n * LN2_HIGH) + b) - n * LN2_LOW;
  var p = fma(8.31204932e-3, r, 4.18944992e-2);
  p = fma(p, r, 1.66671336e-1);
  p = fma(p, r, 4.99992013e-1);
  let power = fma(p * r, r, r) + 1.0;
  return bitcast<f32>(bitcast<u32>(power) + exponent_bits(n));
}

fn exp_of(x: f32) -> f32 {
  let value = select(select(exp_inside(x, 0.0), 0.0, x < -87.33654), infinity(), x > 88.72283);
  return select(value, x, is_nan(x));
}

// e^(x − m) for x ≤ m. Far below m a rounded difference would cost digits, so whole parts and rests are subtracted.
fn exp_of_fall(x: f32, m: f32) -> f32 {
  let fall = x - m;
  let value = exp_inside(floor(x) - floor(m), (x - floor(x)) - (m - floor(m)));
  return select(select(value, 0.0, fall < -87.33654), fall, is_nan(fall));
}

// factor · e^(a + b) where b is small beside 1, a not beyond ±115: less than one unit in the last place off, so that whole
// powers are whole. Cephes' expf (S. Moshier, 1992).
fn times_exp(factor: f32, a: f32, b: f32) -> f32 {
  let n = round((a + b) * 1.44269504);
  let high = a - n * LN2_HIGH;
  let low = b - n * LN2_LOW;
  let r = high + low;
  var p = fma(1.9875691500e-4, r, 1.3981999507e-3);
  p = fma(p, r, 8.3334519073e-3);
  p = fma(p, r, 4.1665795894e-2);
  p = fma(p, r, 1.6666665459e-1);
  p = fma(p, r, 5.0000001201e-1);
  // 2ⁿ in two factors: the exponent of one alone could be out of range. The first is added in place of 1: compilers move
  // constants, and lose the last bit.
  let half = floor(0.5 * n);
  let scale = bitcast<f32>(0x3f800000u + exponent_bits(half));
  let rest = bitcast<f32>(0x3f800000u + exponent_bits(n - half));
  return fma(high + fma(p * r, r, low), scale, scale) * factor * rest;
}

// x = 2ᵏ (1 + f), 1 + f in [√½, √2).
struct Parts { k: f32, f: f32 }

fn parts_of(x: f32) -> Parts {
  let bits = bitcast<u32>(x) - 0x3f3504f3u;
  return Parts(f32(bitcast<i32>(bits) >> 23u), bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0);
}

// (ln(1 + f) − f + f²/2) / f³, fitted so that ln(1 + f) has a relative error below 6e-9.
fn log_tail(f: f32) -> f32 {
  var p = fma(-7.63450190e-2, f, 1.27615839e-1);
  p = fma(p, f, -1.31601840e-1);
  p = fma(p, f, 1.42017573e-1);
  p = fma(p, f, -1.66233569e-1);
  p = fma(p, f, 2.00012267e-1);
  p = fma(p, f, -2.50008196e-1);
  return fma(p, f, 3.33333313e-1);
}

fn log_of(x: f32) -> f32 {
  let parts = parts_of(x);
  let f = parts.f;
  let tail = fma(f, log_tail(f), -0.5) * f * f;
  let value = (f + fma(parts.k, LN2_LOW, tail)) + parts.k * LN2_HIGH;
  let bits = bitcast<u32>(x);
  let special = select(select(not_a_number(), infinity(), bits == INFINITE_BITS), -infinity(), is_tiny(x));
  return select(special, value, bits - 0x00800000u < 0x7f000000u);
}

// A term of Σ e^(x − m), m the largest x: how many stand at m, and the rest. Apart, what is small beside 1 keeps its digits.
fn exp_term(x: f32, m: f32) -> vec2<f32> {
  return select(vec2<f32>(0.0, exp_of_fall(x, m)), vec2<f32>(1.0, 0.0), x - m == 0.0);
}

fn log_of_terms(sum: vec2<f32>) -> f32 {
  let rest = sum.y;
  let small = fma(fma(rest, log_tail(rest), -0.5) * rest, rest, rest);
  return select(log_of(sum.x + rest), small, sum.x == 1.0 && rest < 0.4142);
}
