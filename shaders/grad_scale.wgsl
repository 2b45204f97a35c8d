// x ← factor x of several tensors, in place; nothing is written where the factor is 1.
// Called by src/optim/clip.ts; the factor is a number on the GPU, from grad_norm_merge.wgsl.
// A workgroup takes 256 elements of one tensor, a thread four of them.

//#import index

//#begin tensors
struct Params { first_0: u32, count_0: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x_0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> factor: array<f32>;

fn update(group: u32, local: u32) {
  let t = (group - params.first_0) * 64u + local;
  if (4u * t >= params.count_0) { return; }
  x_0[t] = x_0[t] * factor[0];
}
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  if (bitcast<u32>(factor[0]) == 0x3f800000u) { return; }
  update(flat_group(group, groups), local);
}
