// y[n,c,h,w] = x[n,c, h + shift_h − padding, w' + shift_w − padding], fill[c] outside the image; shifts are uniform over
// 0 .. 2 · padding, and w' is w, or with probability flip_p the same from the right: all drawn once per image n.
// Called by src/ops/augment.ts. Thread t computes four neighbours along a row: row = t / chunks, row = (n · C + c) · H + h.

//#import index

struct Params {
  rows: u32, channels: u32, height: u32, width: u32,
  padding: u32, flip_p: f32,
  fill: vec4<f32>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> draws: array<vec4<f32>>;

// The product may round up to 2 · padding + 1.
fn shift(draw: f32) -> i32 {
  let places = 2u * params.padding + 1u;
  return i32(min(u32(draw * f32(places)), places - 1u)) - i32(params.padding);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let chunks = (params.width + 3u) / 4u;
  let t = flat_thread(group, groups, local, 64u);
  let row = t / chunks;
  if (row >= params.rows) { return; }
  let plane = row / params.height;
  let image = draws[plane / params.channels];
  let line = i32(row - plane * params.height) + shift(image.x);
  let right = shift(image.y);
  let flipped = image.z < params.flip_p;
  let outside = params.fill[min(plane % params.channels, 3u)];
  let inside = line >= 0 && line < i32(params.height);
  let start = plane * params.height * params.width + u32(max(line, 0)) * params.width;
  let first = 4u * (t - row * chunks);
  for (var w = first; w < min(first + 4u, params.width); w++) {
    let column = i32(select(w, params.width - 1u - w, flipped)) + right;
    var value = outside;
    if (inside && column >= 0 && column < i32(params.width)) { value = x[start + u32(column)]; }
    y[row * params.width + w] = value;
  }
}
