// Four pixels of a row by six products in place of twelve: F(4, 3) of Lavin and Gray, arXiv:1509.09308, in one direction, at
// the points 0, 2/3, −2/3, 3/2, −3/2 and ∞, of those tried the ones that lose least. Line of the pixels times line of the
// taps, element by element, may be added up over channels and kernel rows before it is turned into pixels.
// Imported by shaders/conv2d_lines*.wgsl: `//#import lines_of_3`.

const TAPS = 3u;
alias Rest = vec2<f32>;
struct Line { first: vec4<f32>, rest: Rest }

// A quad of stored lines holds the rest of two.
const REST_PAIRS = 1u;
fn rest_pairs(rest: Rest) -> array<vec2<f32>, REST_PAIRS> { return array<vec2<f32>, REST_PAIRS>(rest); }
fn rest_of(quad: vec4<f32>, line: u32) -> Rest { return select(quad.xy, quad.zw, (line & 1u) == 1u); }

const POINTS = vec2<f32>(2.0 / 3.0, 1.5);
const SQUARES = POINTS * POINTS;
// What the lines of taps, and of a gradient, are divided by at each pair of points.
const SCALES = vec2<f32>(-81.0 / 130.0, 8.0 / 65.0);

// A line of what it has at 0, of the even and odd powers at each pair of points, and of what it has at ∞.
fn line_of(at_zero: f32, even: vec2<f32>, odd: vec2<f32>, at_infinity: f32) -> Line {
  let plus = even + odd;
  let minus = even - odd;
  return Line(vec4<f32>(at_zero, plus, minus.x), vec2<f32>(minus.y, at_infinity));
}

// Of a row's pixels from one before four to one behind them.
fn line_of_pixels(left: vec4<f32>, here: vec4<f32>, right: vec4<f32>) -> Line {
  return line_of(
    fma(-(SQUARES.x + SQUARES.y), here.y, left.w + here.w),
    vec2<f32>(here.w) - SQUARES.yx * here.y,
    POINTS * (vec2<f32>(here.z) - SQUARES.yx * here.x),
    fma(-(SQUARES.x + SQUARES.y), here.z, here.x + right.x),
  );
}

// Of the taps of a kernel row.
fn line_of_taps(g: array<f32, 3>) -> Line {
  return line_of(g[0], SCALES * (vec2<f32>(g[0]) + SQUARES * g[2]), SCALES * POINTS * g[1], g[2]);
}

// Of four pixels of a gradient, whose products with a line of pixels come to taps.
fn line_of_gradient(g: vec4<f32>) -> Line {
  return line_of(
    g.x,
    SCALES * (vec2<f32>(g.x) + SQUARES * g.z),
    SCALES * POINTS * (vec2<f32>(g.y) + SQUARES * g.w),
    g.w,
  );
}

fn pixels_of(first: vec4<f32>, rest: Rest) -> vec4<f32> {
  let even = first.yz + vec2<f32>(first.w, rest.x);
  let odd = POINTS * (first.yz - vec2<f32>(first.w, rest.x));
  return vec4<f32>(
    first.x + even.x + even.y,
    odd.x + odd.y,
    dot(SQUARES, even),
    dot(SQUARES, odd) + rest.y,
  );
}

fn taps_of(first: vec4<f32>, rest: Rest) -> array<f32, 3> {
  let even = first.yz + vec2<f32>(first.w, rest.x);
  let odd = POINTS * (first.yz - vec2<f32>(first.w, rest.x));
  return array<f32, 3>(first.x + even.x + even.y, odd.x + odd.y, dot(SQUARES, even) + rest.y);
}
