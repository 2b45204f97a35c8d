// eˣ and ln x to about 1e-7, as the built-in ones of many adapters are not: relative errors of 1e-4 and more were measured.
// Imported after nan: `//#import exponential`. Infinities, zeros and NaN are treated as in C; denormals may be taken for 0.
// The polynomials are those of Cephes' expf and logf (S. Moshier, 1992).

// ln 2 in two parts. A whole number below 2^14 times the first is exact.
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440e-4;

// factor · e^(a + b) where b is small beside 1; a not beyond ±115.
fn times_exp(factor: f32, a: f32, b: f32) -> f32 {
  let n = round((a + b) * 1.44269504);
  let r = ((a - n * LN2_HIGH) - n * LN2_LOW) + b;
  var p = fma(1.9875691500e-4, r, 1.3981999507e-3);
  p = fma(p, r, 8.3334519073e-3);
  p = fma(p, r, 4.1665795894e-2);
  p = fma(p, r, 1.6666665459e-1);
  p = fma(p, r, 5.0000001201e-1);
  // 2ⁿ in two factors: the exponent of one alone could be out of range. The first is added in place of 1: compilers move
  // constants, and lose the last bit.
  let half = i32(n) >> 1u;
  let scale = bitcast<f32>((half + 127) << 23u);
  let rest = bitcast<f32>((i32(n) - half + 127) << 23u);
  return fma(fma(p * r, r, r), scale, scale) * factor * rest;
}

fn exp_of(x: f32) -> f32 {
  return select(times_exp(1.0, clamp(x, -110.0, 90.0), 0.0), x, is_nan(x));
}

// x = 2ᵏ (1 + f), 1 + f in [√½, √2).
struct Parts { k: f32, f: f32 }

fn parts_of(x: f32) -> Parts {
  let bits = bitcast<u32>(x) - 0x3f3504f3u;
  return Parts(f32(i32(bits) >> 23u), bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0);
}

// (ln(1 + f) − f + f²/2) / f³
fn log_tail(f: f32) -> f32 {
  var p = fma(7.0376836292e-2, f, -1.1514610310e-1);
  p = fma(p, f, 1.1676998740e-1);
  p = fma(p, f, -1.2420140846e-1);
  p = fma(p, f, 1.4249322787e-1);
  p = fma(p, f, -1.6668057665e-1);
  p = fma(p, f, 2.0000714765e-1);
  p = fma(p, f, -2.4999993993e-1);
  return fma(p, f, 3.3333331174e-1);
}

fn log_of(x: f32) -> f32 {
  let parts = parts_of(x);
  let f = parts.f;
  let square = f * f;
  let value = (f + (f * square * log_tail(f) + parts.k * LN2_LOW - 0.5 * square)) + parts.k * LN2_HIGH;
  let bits = bitcast<u32>(x);
  // Below 0, above infinity, or NaN; then 0.
  let special = select(select(not_a_number(), x, bits == INFINITE_BITS), -infinity(), is_tiny(x));
  return select(value, special, bits - 0x00800000u >= 0x7f000000u);
}
