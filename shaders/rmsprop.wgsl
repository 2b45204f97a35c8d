// RMSprop (Hinton 2012), several tensors, in place, with PyTorch's conventions:
// g ← g + l2 p;  v ← α v + (1 − α) g²;  b ← momentum b + g / (√v + ε);  p ← p − rate b. Centred (Graves 2013), v is the
// variance, v ← α (v + (1 − α) (g − a)²), which is the mean square less a², and a ← a + (1 − α) (g − a) is the mean.
// Called by src/optim/rmsprop.ts; what it does not keep of a and b is 0.
// A workgroup updates 256 elements of one tensor, a thread four of them.

//#import index

// `new_alpha` is 1 − α, made by the host in f64, since f32 has few digits of α near 1.
struct Settings { alpha: f32, new_alpha: f32, epsilon: f32, rate: f32, momentum: f32, l2: f32 }

struct State { p: vec4<f32>, v: vec4<f32>, a: vec4<f32>, b: vec4<f32> }

override CENTERED: bool = false;

fn updated(old: State, gradient: vec4<f32>, settings: Settings) -> State {
  let g = gradient + settings.l2 * old.p;
  let away = g - old.a;
  let square = settings.new_alpha * away * away;
  let v = select(settings.alpha * old.v + square, settings.alpha * (old.v + square), CENTERED);
  let b = settings.momentum * old.b + g / (sqrt(v) + settings.epsilon);
  return State(old.p - settings.rate * b, v, old.a + settings.new_alpha * away, b);
}

//#begin tensors
struct Params { settings: Settings, first_0: u32, count_0: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> p_0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> v_0: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> gradient_0: array<vec4<f32>>;

fn update(group: u32, local: u32) {
  let t = (group - params.first_0) * 64u + local;
  if (4u * t >= params.count_0) { return; }
  let new_0 = updated(State(p_0[t], v_0[t], vec4<f32>(), vec4<f32>()), gradient_0[t], params.settings);
  p_0[t] = new_0.p;
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
