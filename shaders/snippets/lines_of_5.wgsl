// Four pixels of a row by eight products in place of twenty: F(4, 5) of Lavin and Gray, arXiv:1509.09308, in one direction, at
// the points 0, 1, −1, 2, −2, 1/2, −1/2 and ∞. Line of the pixels times line of the taps, element by element, may be added up
// over channels and kernel rows before it is turned into pixels.
// Imported by shaders/conv2d_lines*.wgsl: `//#import lines_of_5`.

const TAPS = 5u;
alias Rest = vec4<f32>;
struct Line { first: vec4<f32>, rest: Rest }

// A quad of stored lines holds the rest of one.
const REST_PAIRS = 2u;
fn rest_pairs(rest: Rest) -> array<vec2<f32>, REST_PAIRS> { return array<vec2<f32>, REST_PAIRS>(rest.xy, rest.zw); }
fn rest_of(quad: vec4<f32>, line: u32) -> Rest { return quad; }

// Of a row's pixels from two before four to two behind them.
fn line_of_pixels(left: vec4<f32>, here: vec4<f32>, right: vec4<f32>) -> Line {
  let even = fma(-4.25, here.z, here.x + right.x);
  let odd = fma(-4.25, here.y, left.w + here.w);
  let even_twice = fma(0.25, here.x, fma(-1.25, here.z, right.x));
  let odd_twice = fma(0.5, left.w, fma(-2.5, here.y, 2.0 * here.w));
  let even_half = fma(4.0, here.x, fma(-5.0, here.z, right.x));
  let odd_half = fma(2.0, left.w, fma(-2.5, here.y, 0.5 * here.w));
  let at_zero = fma(5.25, here.z - here.x, left.z - right.x);
  let at_infinity = fma(5.25, here.y - here.w, right.y - left.w);
  return Line(
    vec4<f32>(at_zero, even + odd, even - odd, even_twice + odd_twice),
    vec4<f32>(even_twice - odd_twice, even_half + odd_half, even_half - odd_half, at_infinity),
  );
}

// Of the taps of a kernel row.
fn line_of_taps(g: array<f32, 5>) -> Line {
  let even = (g[0] + g[2] + g[4]) * (-2.0 / 9.0);
  let odd = (g[1] + g[3]) * (-2.0 / 9.0);
  let even_twice = (g[0] + 4.0 * g[2] + 16.0 * g[4]) / 90.0;
  let odd_twice = (2.0 * g[1] + 8.0 * g[3]) / 90.0;
  let even_half = (16.0 * g[0] + 4.0 * g[2] + g[4]) * (2.0 / 45.0);
  let odd_half = (8.0 * g[1] + 2.0 * g[3]) * (2.0 / 45.0);
  return Line(
    vec4<f32>(g[0], even + odd, even - odd, even_twice + odd_twice),
    vec4<f32>(even_twice - odd_twice, even_half + odd_half, even_half - odd_half, g[4]),
  );
}

// Of four pixels of a gradient, whose products with a line of pixels come to taps.
fn line_of_gradient(g: vec4<f32>) -> Line {
  let even = (g.x + g.z) * (-2.0 / 9.0);
  let odd = (g.y + g.w) * (-2.0 / 9.0);
  let even_twice = fma(4.0, g.z, g.x) * (1.0 / 90.0);
  let odd_twice = fma(4.0, g.w, g.y) * (1.0 / 45.0);
  let even_half = fma(4.0, g.x, g.z) * (8.0 / 45.0);
  let odd_half = fma(4.0, g.y, g.w) * (4.0 / 45.0);
  return Line(
    vec4<f32>(g.x, even + odd, even - odd, even_twice + odd_twice),
    vec4<f32>(even_twice - odd_twice, even_half + odd_half, even_half - odd_half, g.w),
  );
}

// Of sums of such products, what even and odd powers of 1, 2 and 1/2 are multiplied by.
struct Powers { even: vec3<f32>, odd: vec3<f32> }
fn powers_of(first: vec4<f32>, rest: Rest) -> Powers {
  let plus = vec3<f32>(first.y, first.w, rest.y);
  let minus = vec3<f32>(first.z, rest.x, rest.z);
  return Powers(plus + minus, plus - minus);
}

fn pixels_of(first: vec4<f32>, rest: Rest) -> vec4<f32> {
  let p = powers_of(first, rest);
  return vec4<f32>(
    first.x + p.even.x + p.even.y + p.even.z,
    p.odd.x + 2.0 * p.odd.y + 0.5 * p.odd.z,
    p.even.x + 4.0 * p.even.y + 0.25 * p.even.z,
    p.odd.x + 8.0 * p.odd.y + 0.125 * p.odd.z + rest.w,
  );
}

fn taps_of(first: vec4<f32>, rest: Rest) -> array<f32, 5> {
  let p = powers_of(first, rest);
  return array<f32, 5>(
    first.x + p.even.x + p.even.y + p.even.z,
    p.odd.x + 2.0 * p.odd.y + 0.5 * p.odd.z,
    p.even.x + 4.0 * p.even.y + 0.25 * p.even.z,
    p.odd.x + 8.0 * p.odd.y + 0.125 * p.odd.z,
    p.even.x + 16.0 * p.even.y + 0.0625 * p.even.z + rest.w,
  );
}
