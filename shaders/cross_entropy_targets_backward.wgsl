// dx[n,c,s] = g[r] (A[r] e^(x − m) / Σ − w[c] q[r,c]) with (m, Σ, A) kept by cross_entropy_targets.wgsl, r = (n, s); with
// TO_TARGETS the gradient of given shares, g[r] keep w[c] (log Σ − (x − m)). 0 in ignored rows.
// Called by src/ops/cross-entropy-targets.ts; g is one number a row, or one for all rows (grad_step 0).
// Thread t computes element t of [N, C, inner].

//#import index
//#import nan
//#import exponential

struct Params { count: u32, classes: u32, inner: u32, grad_step: u32, keep: f32, spread: f32 }

override SOFT: bool = false;
override WEIGHTED: bool = false;
override TO_TARGETS: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read> targets: array<i32>;
@group(0) @binding(6) var<storage, read> weights: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let line = t / params.inner;
  let n = line / params.classes;
  let c = line - n * params.classes;
  let r = n * params.inner + t - line * params.inner;
  let row = statistics[r];
  if (row.w == 0.0) {
    dx[t] = 0.0;
    return;
  }
  var weight = 1.0;
  if (WEIGHTED) { weight = weights[c]; }
  let slope = g[r * params.grad_step];
  if (TO_TARGETS) {
    dx[t] = slope * params.keep * weight * (log_of(row.y) + (row.x - x[t]));
    return;
  }
  var given = 0.0;
  if (SOFT) { given = bitcast<f32>(targets[t]); } else { given = select(0.0, 1.0, i32(c) == targets[r]); }
  let share = weight * (params.keep * given + params.spread);
  dx[t] = slope * (row.z * (exp_of_fall(x[t], row.x) / row.y) - share);
}
