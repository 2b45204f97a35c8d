// sin, cos and tan to about 5e-7 of any f32. The built-in ones know their digits between −π and π only.
// Imported by the elementwise kernels of src/ops/trigonometry.ts, after nan: their text is put into the kernel.
// All are scalar, f32; of infinities and NaN they are NaN, and −0 keeps its sign.

// The binary digits of 2/π after a word of zeros, 32 a word: four words from one of the first five on.
fn digits(word: u32) -> vec4<u32> {
  switch word {
    case 0u: { return vec4<u32>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u); }
    case 1u: { return vec4<u32>(0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u); }
    case 2u: { return vec4<u32>(0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u); }
    case 3u: { return vec4<u32>(0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u); }
    default: { return vec4<u32>(0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu); }
  }
}

// The upper word of m · w for m below 2^24.
fn upper_product(m: u32, w: u32) -> u32 {
  let low = (m & 0xffffu) * (w & 0xffffu);
  let middle = (m & 0xffffu) * (w >> 16u) + (low >> 16u);
  let other = (m >> 16u) * (w & 0xffffu) + (middle & 0xffffu);
  return (m >> 16u) * (w >> 16u) + (middle >> 16u) + (other >> 16u);
}

// |x| is a whole number of quarter turns, modulo 4, and an angle from −π/4 to π/4.
struct Turn { quarters: u32, angle: f32 }

// |x| · 2/π in fixed point, two digits before the point and 62 after it: of the digits of 2/π those count whose product with
// the last digit of x is no multiple of 4, and 94 more (Payne & Hanek 1983).
fn turn_of(x: f32) -> Turn {
  let bits = size_bits(x);
  let first = max(bits >> 23u, 126u) - 120u;
  let words = digits(first >> 5u);
  let place = first & 31u;
  let from_place = (words.xyz << vec3<u32>(place)) | ((words.yzw >> vec3<u32>(1u)) >> vec3<u32>(31u - place));
  let m = (bits & 0x007fffffu) | 0x00800000u;
  let carry = upper_product(m, from_place.z);
  let low = m * from_place.y + carry;
  let high = m * from_place.x + upper_product(m, from_place.y) + select(0u, 1u, low < carry);
  let quarters = (high + 0x20000000u) >> 30u;
  // What is left is between −½ and ½: its sign, and its digits from the first one on.
  let rest = high - (quarters << 30u);
  let is_below = rest >= 0x80000000u;
  let rest_low = select(low, 0u - low, is_below);
  let rest_high = select(rest, ~rest + select(0u, 1u, low == 0u), is_below);
  let is_small = rest_high == 0u;
  let from_first = select(rest_high, rest_low, is_small);
  let zeros = min(countLeadingZeros(from_first), 31u);
  let leading = (from_first << zeros) | ((select(rest_low, 0u, is_small) >> 1u) >> (31u - zeros));
  let unit = bitcast<f32>((select(97u, 65u, is_small) - zeros) << 23u); // 2^(−30 − zeros), or 2^(−62 − zeros)
  let size = f32(leading) * unit * 1.57079633;
  let is_within = bits < 0x3f000000u;
  return Turn(select(quarters, 0u, is_within), select(select(size, -size, is_below), abs(x), is_within));
}

// The polynomials were fitted from −π/4 to π/4: relative error below 4e-9.
fn sine(r: f32) -> f32 {
  let s = r * r;
  let p = fma(fma(-1.95182889e-4, s, 8.33218917e-3), s, -0.166666552);
  return fma(p * s, r, r);
}

fn cosine(r: f32) -> f32 {
  let s = r * r;
  let p = fma(fma(2.44323273e-5, s, -1.38873095e-3), s, 4.16666456e-2);
  return fma(p * s, s, fma(-0.5, s, 1.0));
}

fn is_endless(x: f32) -> bool {
  return size_bits(x) >= INFINITE_BITS;
}

fn sin_of(x: f32) -> f32 {
  let turn = turn_of(x);
  let size = select(sine(turn.angle), cosine(turn.angle), (turn.quarters & 1u) == 1u);
  let is_opposite = ((turn.quarters & 2u) == 2u) != (x < 0.0);
  let value = select(select(size, -size, is_opposite), x, is_tiny(x));
  return select(value, not_a_number(), is_endless(x));
}

fn cos_of(x: f32) -> f32 {
  let turn = turn_of(x);
  let size = select(cosine(turn.angle), sine(turn.angle), (turn.quarters & 1u) == 1u);
  let value = select(size, -size, ((turn.quarters + 1u) & 2u) == 2u);
  return select(value, not_a_number(), is_endless(x));
}

fn tan_of(x: f32) -> f32 {
  let turn = turn_of(x);
  let s = sine(turn.angle);
  let c = cosine(turn.angle);
  let is_odd = (turn.quarters & 1u) == 1u;
  let size = select(s, -c, is_odd) / select(c, s, is_odd);
  let value = select(select(size, -size, x < 0.0), x, is_tiny(x));
  return select(value, not_a_number(), is_endless(x));
}
