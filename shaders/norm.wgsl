// y = (x − mean) / √(variance + eps) · weight + bias over each row of x [rows, length]; with RMS x / √(mean of x² + eps) · weight.
// Called by src/ops/norm-kernels.ts; the statistics of a row are (mean, 1 / √(variance + eps)), for its gradients.
// LANES neighbouring threads share a row: each visits every LANES-th value by Welford's method, a tree merges what they found.

//#import index
//#import running_sum
//#import moments

// Value i of row r has weight number (r % groups) · channels + i / plane.
struct Params { rows: u32, length: u32, groups: u32, channels: u32, plane: u32, eps: f32 }

override LANES: u32 = 1u;
override RMS: bool = false;
override WEIGHTED: bool = false;
override BIASED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> statistics: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;

// Nothing for a thread by itself: see snippets/lanes.wgsl.
var<workgroup> threads: array<Moments, LANES>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = local % LANES;
  let r = flat_thread(group, groups, local, 64u) / LANES;
  let length = select(0u, params.length, r < params.rows);
  let start = r * params.length;
  var seen = 0.0;
  var own_mean = 0.0;
  var own_squares = RunningSum();
  for (var chain = lane; chain < length; chain += CHAIN * LANES) {
    var count = 0.0;
    var mean = 0.0;
    var squares = 0.0;
    for (var i = chain; i < min(chain + CHAIN * LANES, length); i += LANES) {
      let value = x[start + i];
      count += 1.0;
      let delta = value - mean;
      if (!RMS) { mean += delta * (1.0 / count); }
      squares += delta * (value - mean);
    }
    let delta = mean - own_mean;
    let share = count / (seen + count);
    own_mean += delta * share;
    own_squares = with_part(own_squares, squares + delta * delta * (seen * share));
    seen += count;
  }
  var all = Moments(seen, own_mean, whole(own_squares));
  if (LANES > 1u) {
    threads[lane] = all;
    for (var half = LANES / 2u; half > 0u; half = half / 2u) {
      workgroupBarrier();
      if (lane < half) { threads[lane] = merge(threads[lane], threads[lane + half]); }
    }
    workgroupBarrier();
    all = threads[0];
  }
  let scale = 1.0 / sqrt(all.squares / all.count + params.eps);
  if (lane == 0u && r < params.rows) { statistics[r] = vec2<f32>(all.mean, scale); }
  let first = (r % params.groups) * params.channels;
  for (var i = lane; i < length; i += LANES) {
    let c = first + i / params.plane;
    var value = (x[start + i] - all.mean) * scale;
    if (WEIGHTED) { value *= weight[c]; }
    if (BIASED) { value += bias[c]; }
    y[start + i] = value;
  }
}
