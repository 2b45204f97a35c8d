// Stochastic gradient descent, several tensors, in place, with PyTorch's conventions:
// g ← g + l2 p;  b ← momentum b + g;  p ← p − rate (b, or with Nesterov g + momentum b).
// Called by src/optim/sgd.ts; without momentum b is g itself.
// A workgroup updates 256 elements of one tensor, a thread four of them.

//#import index

struct Settings { rate: f32, momentum: f32, l2: f32 }

struct State { p: vec4<f32>, b: vec4<f32> }

override NESTEROV: bool = false;

fn updated(old: State, gradient: vec4<f32>, settings: Settings) -> State {
  let g = gradient + settings.l2 * old.p;
  let b = settings.momentum * old.b + g;
  return State(old.p - settings.rate * select(b, g + settings.momentum * b, NESTEROV), b);
}

//#begin tensors
struct Params { settings: Settings, first_0: u32, count_0: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> p_0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> b_0: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> gradient_0: array<vec4<f32>>;

fn update(group: u32, local: u32) {
  let t = (group - params.first_0) * 64u + local;
  if (4u * t >= params.count_0) { return; }
  let new_0 = updated(State(p_0[t], b_0[t]), gradient_0[t], params.settings);
  p_0[t] = new_0.p;
  b_0[t] = new_0.b;
}
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  update(flat_group(group, groups), local);
}
