// y = e^(x − m) / Σ e^(x − m), or its logarithm, along the middle axis of x [outer, length, inner]; m is the row's maximum.
// Called by src/ops/softmax.ts; softmax_backward.wgsl is its derivative.
// LANES neighbouring threads share row r = (outer index, inner index); each takes every LANES-th element of it. Elements are
// groups of four where inner is 1 and rows are made of whole groups; length counts groups then.

//#import index
//#import running_sum
//#import nan
//#import exponential
//#import lanes

struct Params { rows: u32, length: u32, inner: u32 }

override LOG: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
//#unless elements
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
fn largest_of(element: f32) -> f32 { return element; }
fn terms_of(element: f32, m: f32) -> vec2<f32> { return exp_term(element, m); }
fn powers_of(element: f32, m: f32) -> f32 { return exp_of_fall(element, m); }
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = local % LANES;
  let r = flat_thread(group, groups, local, 64u) / LANES;
  let length = select(0u, params.length, r < params.rows);
  let outer = r / params.inner;
  let start = outer * params.length * params.inner + (r - outer * params.inner);
  var largest = -infinity();
  for (var k = lane; k < length; k += LANES) { largest = max(largest, largest_of(x[start + k * params.inner])); }
  let m = shared_max(largest, lane);
  var ones = 0.0;
  var others = RunningSum();
  for (var chain = lane; chain < length; chain += CHAIN * LANES) {
    var part = vec2<f32>();
    for (var k = chain; k < min(chain + CHAIN * LANES, length); k += LANES) { part += terms_of(x[start + k * params.inner], m); }
    ones += part.x;
    others = with_part(others, part.y);
  }
  let sum = shared_sum(vec2<f32>(ones, whole(others)), lane);
  let total = sum.x + sum.y;
  let log_total = log_of_terms(sum);
  for (var k = lane; k < length; k += LANES) {
    let at = start + k * params.inner;
    if (LOG) {
      y[at] = (x[at] - m) - log_total;
    } else {
      y[at] = powers_of(x[at], m) / total;
    }
  }
}
