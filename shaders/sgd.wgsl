// Stochastic gradient descent, one tensor, in place, with PyTorch's conventions:
// g ← g + l2 p;  b ← momentum b + g;  p ← p − rate (b, or with Nesterov g + momentum b).
// Called by src/optim/sgd.ts; without momentum b is g itself.
// Thread t updates elements 4t to 4t + 3.

//#import index

struct Params { count: u32, rate: f32, momentum: f32, l2: f32 }

override NESTEROV: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> p: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> gradient: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (4u * t >= params.count) { return; }
  let old = p[t];
  let g = gradient[t] + params.l2 * old;
  let velocity = params.momentum * b[t] + g;
  b[t] = velocity;
  p[t] = old - params.rate * select(velocity, g + params.momentum * velocity, NESTEROV);
}
