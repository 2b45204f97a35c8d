// y = (x − mean[c]) / √(variance[c] + eps) · weight[c] + bias[c] for x [N, C, plane].
// Called by src/ops/batch-norm.ts in training and evaluation.
// Thread t computes QUADS neighbouring vec4, which may lie in several planes unless WHOLE says they do not.

//#import index

struct Params { count: u32, channels: u32, plane: u32, eps: f32 }

override HAS_WEIGHT: bool = true;
override WHOLE: bool = false;
override HAS_BIAS: bool = true;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> variance: array<f32>;
@group(0) @binding(5) var<storage, read> weight: array<f32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;

// (mean, factor, shift) of a channel.
fn channel(c: u32) -> vec3<f32> {
  var factor = 1.0 / sqrt(variance[c] + params.eps);
  var shift = 0.0;
  if (HAS_WEIGHT) { factor *= weight[c]; }
  if (HAS_BIAS) { shift = bias[c]; }
  return vec3<f32>(mean[c], factor, shift);
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
  for (var q = 0u; q < QUADS; q++) {
    values[q] = x[first + q];
  }
  let plane = 4u * first / params.plane;
  var position = 4u * first - plane * params.plane;
  var c = plane % params.channels;
  var affine = channel(c);
  var result: array<vec4<f32>, QUADS>;
  for (var q = 0u; q < QUADS; q++) {
    for (var i = 0u; i < 4u; i++) {
      if (!WHOLE) {
        if (position == params.plane) {
          position = 0u;
          c = select(c + 1u, 0u, c + 1u == params.channels);
          affine = channel(c);
        }
        position += 1u;
      }
      result[q][i] = (values[q][i] - affine.x) * affine.y + affine.z;
    }
  }
  for (var q = 0u; q < QUADS; q++) { y[first + q] = result[q]; }
}
