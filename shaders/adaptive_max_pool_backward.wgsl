// dx[p,h,w] = Σ of g[p,i,j] over the windows (i, j) whose maximum stood at (h, w); those that hold it are rows
// [⌊h OH / H⌋, ⌈(h + 1) OH / H⌉) and columns likewise. Called by src/ops/pool/adaptive-max.ts; where_from comes from
// adaptive_max_pool.wgsl. Thread t computes element t of dx, `to`, from windows `from`.

//#import index
//#import adaptive

struct Params { count: u32, to_height: u32, to_width: u32, from_height: u32, from_width: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> where_from: array<i32>;

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
  let own = i32(t - plane * params.to_height * params.to_width);
  var total = 0.0;
  for (var i = rows.x; i < rows.y; i++) {
    let start = (plane * params.from_height + i) * params.from_width;
    for (var j = columns.x; j < columns.y; j++) {
      if (where_from[start + j] == own) { total += g[start + j]; }
    }
  }
  dx[t] = total;
}
