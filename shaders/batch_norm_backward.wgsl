// dx = weight[c] / σ · (g − grad_bias[c] / M − x̂ · grad_weight[c] / M), x̂ = (x − mean[c]) / σ, σ = √(variance[c] + eps),
// M values a channel. Called by src/ops/batch-norm.ts in training; grad_bias and grad_weight come from batch_norm_sums.wgsl.
// Thread t computes QUADS neighbouring vec4 of x [N, C, plane], which may lie in several planes unless WHOLE says they do not.

//#import index

struct Params { count: u32, channels: u32, plane: u32, eps: f32, per_value: f32 }

override HAS_WEIGHT: bool = true;
override WHOLE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> mean: array<f32>;
@group(0) @binding(5) var<storage, read> variance: array<f32>;
@group(0) @binding(6) var<storage, read> grad_weight: array<f32>;
@group(0) @binding(7) var<storage, read> grad_bias: array<f32>;
@group(0) @binding(8) var<storage, read> weight: array<f32>;

// (mean, factor of the slope, factor of x − mean, shift) of a channel.
fn channel(c: u32) -> vec4<f32> {
  let deviation = sqrt(variance[c] + params.eps);
  var factor = 1.0 / deviation;
  if (HAS_WEIGHT) { factor *= weight[c]; }
  let per_value = factor * params.per_value;
  return vec4<f32>(mean[c], factor, per_value * grad_weight[c] / deviation, per_value * grad_bias[c]);
}

//#begin quads
const QUADS = 1u;
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let first = QUADS * flat_thread(group, groups, local, 64u);
  if (4u * first >= params.count) { return; }
  var values: array<vec4<f32>, QUADS>;
  var slopes: array<vec4<f32>, QUADS>;
  for (var q = 0u; q < QUADS; q++) {
    values[q] = x[first + q];
    slopes[q] = g[first + q];
  }
  let plane = 4u * first / params.plane;
  var position = 4u * first - plane * params.plane;
  var c = plane % params.channels;
  var own = channel(c);
  var result: array<vec4<f32>, QUADS>;
  for (var q = 0u; q < QUADS; q++) {
    for (var i = 0u; i < 4u; i++) {
      if (!WHOLE) {
        if (position == params.plane) {
          position = 0u;
          c = select(c + 1u, 0u, c + 1u == params.channels);
          own = channel(c);
        }
        position += 1u;
      }
      result[q][i] = slopes[q][i] * own.y - (values[q][i] - own.x) * own.z - own.w;
    }
  }
  for (var q = 0u; q < QUADS; q++) { dx[first + q] = result[q]; }
}
