// out[i, d] = weight[indices[i], d] for weight [V, D]; an index outside [0, V) gives NaN.
// Called by src/ops/indexing.ts.
// Thread t computes elements 4c to 4c + 3 of row i, where t = i · chunks + c.

//#import index

struct Params { rows: u32, width: u32, vocabulary: u32, nan: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<i32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;

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
  let index = indices[row];
  let known = index >= 0 && u32(index) < params.vocabulary;
  let first = 4u * (t - row * chunks);
  for (var d = first; d < min(first + 4u, params.width); d++) {
    var value = params.nan;
    if (known) { value = weight[u32(index) * params.width + d]; }
    out[row * params.width + d] = value;
  }
}
