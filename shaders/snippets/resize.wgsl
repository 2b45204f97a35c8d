// Where an element of a resized axis reads the axis as it was: at scale (i + shift) − shift, as PyTorch counts it in f32.
// Imported by shaders/resize.wgsl and resize_backward.wgsl: `//#import resize`.
// With NEAREST that is rounded down, and shift is not taken off again.

struct Params { outer: u32, length: u32, to_length: u32, inner: u32, scale: f32, shift: f32 }

override NEAREST: bool = false;

@group(0) @binding(0) var<uniform> params: Params;

struct Place { first: u32, second: u32, share: f32 }

fn place_of(i: u32) -> Place {
  let last = params.length - 1u;
  let far = (f32(i) + params.shift) * params.scale;
  if (NEAREST) {
    let nearest = min(u32(far), last);
    return Place(nearest, nearest, 0.0);
  }
  let at = max(far - params.shift, 0.0);
  let first = min(u32(at), last);
  return Place(first, min(first + 1u, last), clamp(at - f32(first), 0.0, 1.0));
}

// Elements begin, inclusive, to end, exclusive, that may read place j: with room for rounding.
fn readers_of(j: u32) -> vec2<u32> {
  let back = select(0.0, params.shift, !NEAREST);
  let reach = select(1.0, 0.0, NEAREST);
  let per = 1.0 / max(params.scale, 1e-30);
  let low = (f32(j) - reach + back) * per - params.shift - 2.0;
  let high = (f32(j) + 1.0 + back) * per - params.shift + 3.0;
  let most = f32(params.to_length);
  // What lies beyond the ends of the axis reads its ends.
  let begin = select(u32(clamp(low, 0.0, most)), 0u, j == 0u);
  let end = select(u32(clamp(high, 0.0, most)), params.to_length, j + 1u == params.length);
  return vec2<u32>(begin, end);
}
