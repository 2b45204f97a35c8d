// Where an element of a resized axis reads the axis as it was, as PyTorch counts it in f32: `count` neighbours from `first` on.
// Imported by shaders/resize.wgsl and resize_backward.wgsl: `//#import resize`.
// The place of element i is scale (i + shift) − shift; nearest neighbours take it rounded down, and do not take shift off again.

struct Params { outer: u32, length: u32, to_length: u32, inner: u32, scale: f32, shift: f32 }

const NEAREST = 0u;
const LINEAR = 1u;
const CUBIC = 2u;
const AREA = 3u;
override MODE: u32 = NEAREST;

@group(0) @binding(0) var<uniform> params: Params;

// At `share` of the way from one neighbour to the next.
struct Place { first: i32, count: u32, share: f32 }

fn place_of(i: u32) -> Place {
  if (MODE == AREA) {
    let first = i * params.length / params.to_length;
    let end = ((i + 1u) * params.length + params.to_length - 1u) / params.to_length;
    return Place(i32(first), end - first, 0.0);
  }
  let far = (f32(i) + params.shift) * params.scale;
  if (MODE == NEAREST) { return Place(i32(far), 1u, 0.0); }
  let at = select(max(far - params.shift, 0.0), far - params.shift, MODE == CUBIC);
  let whole = floor(at);
  if (MODE == CUBIC) { return Place(i32(whole) - 1, 4u, at - whole); }
  return Place(i32(whole), 2u, at - whole);
}

// Keys' (1981) cubic with a = −3/4 at a distance up to 1, and from 1 to 2.
fn cubic_near(x: f32) -> f32 { return (1.25 * x - 2.25) * x * x + 1.0; }
fn cubic_far(x: f32) -> f32 { return ((-0.75 * x + 3.75) * x - 6.0) * x + 3.0; }

// What neighbour number t counts.
fn share_of(place: Place, t: u32) -> f32 {
  let s = place.share;
  if (MODE == NEAREST) { return 1.0; }
  if (MODE == AREA) { return 1.0 / f32(place.count); }
  if (MODE == LINEAR) { return select(s, 1.0 - s, t == 0u); }
  let left = select(cubic_near(s), cubic_far(s + 1.0), t == 0u);
  let right = select(cubic_near(1.0 - s), cubic_far(2.0 - s), t == 3u);
  return select(right, left, t < 2u);
}

// Beyond its ends the axis goes on as it ends.
fn neighbour(place: Place, t: u32) -> u32 {
  return u32(clamp(place.first + i32(t), 0, i32(params.length) - 1));
}

// Elements begin, inclusive, to end, exclusive, that may read place j: with room for rounding.
fn readers_of(j: u32) -> vec2<u32> {
  let back = select(params.shift, 0.0, MODE == NEAREST);
  let reach = select(1.0, 2.0, MODE == CUBIC);
  let per = 1.0 / max(params.scale, 1e-30);
  let low = (f32(j) - reach + back) * per - params.shift - 2.0;
  let high = (f32(j) + reach + back) * per - params.shift + 3.0;
  let most = f32(params.to_length);
  // What lies beyond the ends of the axis reads its ends.
  let begin = select(u32(clamp(low, 0.0, most)), 0u, j == 0u);
  let end = select(u32(clamp(high, 0.0, most)), params.to_length, j + 1u == params.length);
  return vec2<u32>(begin, end);
}
