// Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019), several tensors, in place, with PyTorch's conventions:
// m ← β1 m + (1 − β1) g;  v ← β2 v + (1 − β2) g²;  p ← p − rate m / (√v · root_correction + ε), after p ← decay p.
// With AMSGRAD (Reddi, Kale & Kumar 2018) the root is of x ← max(x, v).
// Called by src/optim/adam.ts. `rate` holds the bias correction of m, `l2` the weight decay that Adam adds to g.
// A workgroup updates 256 elements of one tensor, a thread four of them.

//#import index

// `new1` is 1 − β1, `new2` is 1 − β2: made by the host in f64, since f32 has few digits of β near 1.
struct Settings {
  beta1: f32, new1: f32, beta2: f32, new2: f32,
  epsilon: f32, rate: f32, root_correction: f32, decay: f32, l2: f32,
}

struct State { p: vec4<f32>, m: vec4<f32>, v: vec4<f32>, x: vec4<f32> }

override AMSGRAD: bool = false;

fn updated(old: State, gradient: vec4<f32>, settings: Settings) -> State {
  let g = gradient + settings.l2 * old.p;
  let m = settings.beta1 * old.m + settings.new1 * g;
  let v = settings.beta2 * old.v + settings.new2 * g * g;
  let x = max(old.x, v);
  let change = settings.rate * m / (sqrt(select(v, x, AMSGRAD)) * settings.root_correction + settings.epsilon);
  return State(settings.decay * old.p - change, m, v, x);
}

//#begin tensors
struct Params { settings: Settings, first_0: u32, count_0: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> p_0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> m_0: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> v_0: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> gradient_0: array<vec4<f32>>;

fn update(group: u32, local: u32) {
  let t = (group - params.first_0) * 64u + local;
  if (4u * t >= params.count_0) { return; }
  let new_0 = updated(State(p_0[t], m_0[t], v_0[t], vec4<f32>()), gradient_0[t], params.settings);
  p_0[t] = new_0.p;
  m_0[t] = new_0.m;
  v_0[t] = new_0.v;
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
