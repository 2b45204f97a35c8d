// out[i] = i, whole numbers from 0 on.
// Called by src/ops/places.ts; unlike data of the host it can be part of a captured step.
// Thread t computes element t.

//#import index

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t < params.count) { out[t] = i32(t); }
}
