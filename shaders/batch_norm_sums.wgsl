// grad_bias[c] = Σ g and grad_weight[c] = Σ g x̂ over samples and positions, x̂ = (x − mean[c]) / √(variance[c] + eps).
// Called by src/ops/batch-norm.ts; g and x are [N, C, plane].
// Workgroup c takes channel c: thread t visits every 64th of its N · plane values, a tree adds the threads' sums.
// A value is one number, or four where the plane consists of such; plane and count are in values.

//#import index

struct Params { channels: u32, plane: u32, count: u32, eps: f32 }

//#begin value
alias Value = f32;
fn add_up(value: Value) -> f32 { return value; }
//#end

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> grad_weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> grad_bias: array<f32>;
@group(0) @binding(3) var<storage, read> g: array<Value>;
@group(0) @binding(4) var<storage, read> x: array<Value>;
@group(0) @binding(5) var<storage, read> mean: array<f32>;
@group(0) @binding(6) var<storage, read> variance: array<f32>;

var<workgroup> parts: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let c = flat_group(group, groups);
  let count = select(0u, params.count, c < params.channels);
  let centre = mean[min(c, params.channels - 1u)];
  // The walk over (sample, position) goes 64 values a step without dividing.
  let step_samples = 64u / params.plane;
  let step_positions = 64u % params.plane;
  let jump = params.channels * params.plane;
  var position = local % params.plane;
  var at = c * params.plane + (local / params.plane) * jump + position;
  var sums = vec2<f32>();
  for (var i = local; i < count; i += 64u) {
    let slope = g[at];
    sums += vec2<f32>(add_up(slope * (x[at] - centre)), add_up(slope));
    position += step_positions;
    at += step_samples * jump + step_positions;
    if (position >= params.plane) {
      position -= params.plane;
      at += jump - params.plane;
    }
  }
  parts[local] = sums;
  for (var half = 32u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (local < half) { parts[local] += parts[local + half]; }
  }
  if (local > 0u || c >= params.channels) { return; }
  grad_weight[c] = parts[0].x / sqrt(variance[c] + params.eps);
  grad_bias[c] = parts[0].y;
}
