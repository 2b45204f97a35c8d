// loss[r] = Σ_c w[c] q[r,c] (log Σ_k e^(x[r,k]) − x[r,c]), what the row counts in a mean, and (maximum m, Σ e^(x − m),
// A = Σ_c w[c] q[r,c], whether it counts) for the gradient. Called by src/ops/cross-entropy-targets.ts; row r = (n, s) of
// logits x [N, C, inner]. LANES neighbouring threads share a row; each takes every LANES-th class of it.
// The target q is 1 at the label, or with SOFT what is given; then it is spread out: keep · q + spread.

//#import index
//#import running_sum
//#import nan
//#import exponential
//#import lanes

struct Params { rows: u32, classes: u32, inner: u32, ignore_index: i32, keep: f32, spread: f32, nan: f32 }

override SOFT: bool = false;
override WEIGHTED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read_write> mass: array<f32>;
@group(0) @binding(3) var<storage, read_write> statistics: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
// Labels [N, inner], or with SOFT the bits of shares [N, C, inner].
@group(0) @binding(5) var<storage, read> targets: array<i32>;
@group(0) @binding(6) var<storage, read> weights: array<f32>;

fn weight_of(c: u32) -> f32 {
  if (WEIGHTED) { return weights[c]; }
  return 1.0;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = local % LANES;
  let r = flat_thread(group, groups, local, 64u) / LANES;
  let classes = select(0u, params.classes, r < params.rows);
  let n = r / params.inner;
  let start = n * params.classes * params.inner + r - n * params.inner;

  var largest = -infinity();
  for (var c = lane; c < classes; c += LANES) { largest = max(largest, x[start + c * params.inner]); }
  let m = shared_max(largest, lane);

  var ones = 0.0;
  var others = RunningSum();
  for (var chain = lane; chain < classes; chain += CHAIN * LANES) {
    var part = vec2<f32>();
    for (var c = chain; c < min(chain + CHAIN * LANES, classes); c += LANES) {
      part += exp_term(x[start + c * params.inner], m);
    }
    ones += part.x;
    others = with_part(others, part.y);
  }
  let sum = shared_sum(vec2<f32>(ones, whole(others)), lane);
  let log_sum = log_of_terms(sum);

  var label = -1;
  if (!SOFT) { label = targets[min(r, params.rows - 1u)]; }
  var total = RunningSum();
  var all = RunningSum();
  for (var chain = lane; chain < classes; chain += CHAIN * LANES) {
    var part = vec2<f32>();
    for (var c = chain; c < min(chain + CHAIN * LANES, classes); c += LANES) {
      let at = start + c * params.inner;
      var given = select(0.0, 1.0, i32(c) == label);
      if (SOFT) { given = bitcast<f32>(targets[at]); }
      let share = weight_of(c) * (params.keep * given + params.spread);
      // A class of no share has no loss where its probability is 0, either.
      if (SOFT || share != 0.0) { part += vec2<f32>(share * (log_sum + (m - x[at])), share); }
    }
    total = with_part(total, part.x);
    all = with_part(all, part.y);
  }
  let shares = shared_sum(vec2<f32>(whole(total), whole(all)), lane);
  if (lane > 0u || r >= params.rows) { return; }
  var own = vec3<f32>(shares, 1.0);
  if (!SOFT) {
    if (label == params.ignore_index) {
      own = vec3<f32>();
    } else if (label < 0 || u32(label) >= classes) {
      own = vec3<f32>(params.nan);
    } else {
      own.z = weight_of(u32(label));
    }
  }
  loss[r] = own.x;
  mass[r] = own.z;
  statistics[r] = vec4<f32>(m, sum.x + sum.y, own.y, select(0.0, 1.0, SOFT || label != params.ignore_index));
}
