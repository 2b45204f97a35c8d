// dx = y (g − Σ g y) for y = softmax(x), or dx = g − e^y Σ g for y = log softmax(x), along the middle axis of [outer, length, inner].
// Called by src/ops/softmax.ts.
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
alias Element = f32;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
fn sum_of(element: f32) -> f32 { return element; }
fn powers_of(element: f32) -> f32 { return exp_of(element); }
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
  var own = RunningSum();
  for (var chain = lane; chain < length; chain += CHAIN * LANES) {
    var part = Element();
    for (var k = chain; k < min(chain + CHAIN * LANES, length); k += LANES) {
      let at = start + k * params.inner;
      part += select(g[at] * y[at], g[at], LOG);
    }
    own = with_part(own, sum_of(part));
  }
  let total = shared_sum(vec2<f32>(whole(own), 0.0), lane).x;
  for (var k = lane; k < length; k += LANES) {
    let at = start + k * params.inner;
    if (LOG) {
      dx[at] = g[at] - powers_of(y[at]) * total;
    } else {
      dx[at] = y[at] * (g[at] - total);
    }
  }
}
