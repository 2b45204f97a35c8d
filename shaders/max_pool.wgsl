// y[p,i,j] = max of x[p] over the window at (i, j) · stride − padding, and where in plane p it stands; padding never wins.
// Called by src/ops/pool/max.ts. The first of equals wins, in reading order; a NaN wins over every number.
// Thread t computes four neighbours along a row, loading what their windows share once: row = t / chunks = p · out_height + i.

//#import index
//#import nan

struct Params {
  rows: u32, out_height: u32, out_width: u32,
  height: i32, width: i32, kernel_height: i32, kernel_width: i32,
  stride_height: i32, stride_width: i32, padding_height: i32, padding_width: i32,
}

// Values of a window that are not neighbours; its size is then that from the first to the last.
override DILATED: bool = false;
override DILATION_HEIGHT: i32 = 1;
override DILATION_WIDTH: i32 = 1;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> where_from: array<i32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;

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
  let first = 4u * (thread - row * chunks);
  let y0 = i32(row - plane * params.out_height) * params.stride_height - params.padding_height;
  let x0 = (vec4<i32>(i32(first)) + vec4<i32>(0, 1, 2, 3)) * params.stride_width - params.padding_width;
  let x1 = x0 + params.kernel_width;
  var best = vec4<f32>();
  var best_at = vec4<i32>(-1);
  for (var line = max(y0, 0); line < min(y0 + params.kernel_height, params.height); line++) {
    if (DILATED && (line - y0) % DILATION_HEIGHT != 0) { continue; }
    for (var column = max(x0.x, 0); column < min(x1.w, params.width); column++) {
      let at = line * params.width + column;
      let value = x[start + at];
      var inside = (x0 <= vec4<i32>(column)) & (vec4<i32>(column) < x1);
      if (DILATED) { inside = inside & ((vec4<i32>(column) - x0) % vec4<i32>(DILATION_WIDTH) == vec4<i32>()); }
      let larger = (vec4<f32>(value) > best) | (best_at < vec4<i32>(0)) | vec4<bool>(is_nan(value));
      best = select(best, vec4<f32>(value), inside & larger);
      best_at = select(best_at, vec4<i32>(at), inside & larger);
    }
  }
  // A window with gaps may lie around a small image.
  if (DILATED) { best = select(best, vec4<f32>(-infinity()), best_at < vec4<i32>()); }
  for (var j = 0u; j < min(4u, params.out_width - first); j++) {
    y[row * params.out_width + first + j] = best[j];
    where_from[row * params.out_width + first + j] = best_at[j];
  }
}
