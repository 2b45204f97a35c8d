// y[p,i,j] = max of x[p] over the window at (i, j) · stride − padding, and where in plane p it stands; padding never wins.
// Called by src/ops/pool.ts. The first of equals wins, in reading order; a NaN wins over every number.
// Thread t computes four neighbours along a row: row = t / chunks, row = p · out_height + i.

//#import index

struct Params {
  rows: u32, out_height: u32, out_width: u32, unused: u32,
  height: i32, width: i32, kernel_height: i32, kernel_width: i32,
  stride_height: i32, stride_width: i32, padding_height: i32, padding_width: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> where_from: array<i32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;

// By its bits: compilers may assume that value == value.
fn is_nan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let chunks = (params.out_width + 3u) / 4u;
  let thread = flat_thread(group, groups, local, 64u);
  let row = thread / chunks;
  if (row >= params.rows) { return; }
  let plane = row / params.out_height;
  let start = i32(plane) * params.height * params.width;
  let y0 = i32(row - plane * params.out_height) * params.stride_height - params.padding_height;
  let top = max(y0, 0);
  let bottom = min(y0 + params.kernel_height, params.height);
  let first = 4u * (thread - row * chunks);
  for (var j = first; j < min(first + 4u, params.out_width); j++) {
    let x0 = i32(j) * params.stride_width - params.padding_width;
    let left = max(x0, 0);
    let right = min(x0 + params.kernel_width, params.width);
    var best_at = top * params.width + left;
    var best = x[start + best_at];
    for (var line = top; line < bottom; line++) {
      for (var at = line * params.width + left; at < line * params.width + right; at++) {
        let value = x[start + at];
        if (value > best || is_nan(value)) {
          best = value;
          best_at = at;
        }
      }
    }
    y[row * params.out_width + j] = best;
    where_from[row * params.out_width + j] = best_at;
  }
}
