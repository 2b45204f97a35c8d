// y[p,i,j] = max of x[p] over rows [⌊i H / OH⌋, ⌈(i + 1) H / OH⌉) and columns likewise, and where in plane p it stands.
// Called by src/ops/pool/adaptive-max.ts. The first of equals wins, in reading order; a NaN wins over every number.
// Thread t computes element t of y, `to`, of windows of x, `from`.

//#import index
//#import adaptive
//#import nan

struct Params { count: u32, to_height: u32, to_width: u32, from_height: u32, from_width: u32 }

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
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let line = t / params.to_width;
  let plane = line / params.to_height;
  let rows = adaptive_window(line - plane * params.to_height, params.from_height, params.to_height);
  let columns = adaptive_window(t - line * params.to_width, params.from_width, params.to_width);
  let start = plane * params.from_height * params.from_width;
  var best = 0.0;
  var best_at = -1;
  for (var i = rows.x; i < rows.y; i++) {
    for (var j = columns.x; j < columns.y; j++) {
      let at = i * params.from_width + j;
      let value = x[start + at];
      if (value > best || best_at < 0 || is_nan(value)) {
        best = value;
        best_at = i32(at);
      }
    }
  }
  y[t] = best;
  where_from[t] = best_at;
}
