// Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019), one tensor, in place, with PyTorch's conventions:
// m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²;  p ← p − rate m / (√v · root_correction + ε), after p ← decay p.
// Called by src/optim/adam.ts. `rate` holds the bias correction of m, `l2` the weight decay that Adam adds to g.
// Thread t updates elements 4t to 4t + 3.

//#import index

struct Params {
  count: u32, beta1: f32, beta2: f32, epsilon: f32,
  rate: f32, root_correction: f32, decay: f32, l2: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> p: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> gradient: array<vec4<f32>>;

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
  let first = params.beta1 * m[t] + (1.0 - params.beta1) * g;
  let second = params.beta2 * v[t] + (1.0 - params.beta2) * g * g;
  m[t] = first;
  v[t] = second;
  p[t] = params.decay * old - params.rate * first / (sqrt(second) * params.root_correction + params.epsilon);
}
