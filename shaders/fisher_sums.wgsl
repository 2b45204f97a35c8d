// partials[first + w] = Σ x[i] over the 2048 elements i of workgroup w.
// Called by src/fisher/normalize.ts for each layer, into one tensor that is then added up.
// Thread t takes every 64th element, then thread 0 adds the 64 parts: a tree of barriers compiles slowly.

//#import index

struct Params { count: u32, first: u32 }

const TERMS = 32u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;

var<workgroup> parts: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let w = flat_group(group, groups);
  let start = w * 64u * TERMS + local;
  let end = min((w + 1u) * 64u * TERMS, params.count);
  var total = 0.0;
  for (var i = start; i < end; i += 64u) { total += x[i]; }
  parts[local] = total;
  workgroupBarrier();
  if (local > 0u || w * 64u * TERMS >= params.count) { return; }
  total = 0.0;
  for (var t = 0u; t < 64u; t += 8u) {
    var part = 0.0;
    for (var u = t; u < t + 8u; u++) { part += parts[u]; }
    total += part;
  }
  partials[params.first + w] = total;
}
