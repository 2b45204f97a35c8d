// out[z, i, j] = x[z, i, j] where low <= j − i <= high, and 0 elsewhere, of x [batch, height, width]; words of any type.
// Called by src/ops/triangle.ts.
// Thread t computes four neighbours of a row: t = row * chunks + chunk.

//#import index

struct Params { rows: u32, height: u32, width: u32, low: i32, high: i32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<u32>;

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
  let first = 4u * (t - row * chunks);
  let i = i32(row % params.height);
  for (var j = first; j < min(first + 4u, params.width); j++) {
    let diagonal = i32(j) - i;
    let at = row * params.width + j;
    out[at] = select(0u, x[at], diagonal >= params.low && diagonal <= params.high);
  }
}
