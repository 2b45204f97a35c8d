// loss[n] = log Σ_c e^(x[n,c]) − x[n, label[n]] for logits x [N, C], and the row's (maximum m, Σ e^(x − m)) for the gradient.
// Called by src/ops/cross-entropy.ts; the loss of an ignored label is 0, that of another label outside [0, C) NaN.
// LANES neighbouring threads share row n; each takes every LANES-th class of it.

//#import index
//#import running_sum
//#import nan
//#import exponential
//#import lanes

struct Params { rows: u32, classes: u32, ignore_index: i32, nan: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read_write> statistics: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = local % LANES;
  let n = flat_thread(group, groups, local, 64u) / LANES;
  let classes = select(0u, params.classes, n < params.rows);
  let start = n * params.classes;

  var largest = -infinity();
  for (var c = lane; c < classes; c += LANES) { largest = max(largest, x[start + c]); }
  let m = shared_max(largest, lane);

  var ones = 0.0;
  var others = RunningSum();
  for (var chain = lane; chain < classes; chain += CHAIN * LANES) {
    var part = vec2<f32>();
    for (var c = chain; c < min(chain + CHAIN * LANES, classes); c += LANES) { part += exp_term(x[start + c], m); }
    ones += part.x;
    others = with_part(others, part.y);
  }
  let sum = shared_sum(vec2<f32>(ones, whole(others)), lane);
  if (lane > 0u || n >= params.rows) { return; }
  statistics[n] = vec2<f32>(m, sum.x + sum.y);
  let label = labels[n];
  if (label == params.ignore_index) {
    loss[n] = 0.0;
    return;
  }
  var own = params.nan;
  if (label >= 0 && u32(label) < classes) { own = x[start + u32(label)]; }
  loss[n] = log_of_terms(sum) + (m - own);
}
