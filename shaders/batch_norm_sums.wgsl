// grad_bias[c] = Σ g and grad_weight[c] = Σ g x̂ over samples and positions, x̂ = (x − mean[c]) / √(variance[c] + eps).
// Called by src/ops/batch-norm-sums.ts, which writes the regions out; g and x are [N, C, plane]. Workgroup (c, part) takes a
// part of channel c, which is all of it, or one of several that batch_norm_sums_merge.wgsl puts together.
// Thread t visits every THREADS-th value, a tree adds the threads' running sums. A value is one number, or four where the plane consists
// of such; plane and count are in values.

//#import index
//#import running_sum

struct Params { channels: u32, plane: u32, count: u32, parts: u32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;

//#unless value
alias Value = f32;
alias Total = RunningSum;
fn extended(total: Total, part: Value) -> Total { return with_part(total, part); }
fn ended(total: Total) -> Value { return whole(total); }
fn add_up(value: Value) -> f32 { return value; }
//#end
//#unless result
@group(0) @binding(1) var<storage, read_write> grad_weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> grad_bias: array<f32>;
@group(0) @binding(3) var<storage, read> g: array<Value>;
@group(0) @binding(4) var<storage, read> x: array<Value>;
@group(0) @binding(5) var<storage, read> mean: array<f32>;
@group(0) @binding(6) var<storage, read> variance: array<f32>;
fn keep(c: u32, part: u32, sums: vec2<f32>) {
  grad_weight[c] = sums.x / sqrt(variance[c] + params.eps);
  grad_bias[c] = sums.y;
}
//#end

override THREADS: u32 = 64;

var<workgroup> threads: array<vec2<f32>, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let unit = flat_group(group, groups);
  let c = unit / params.parts;
  let part = unit % params.parts;
  let length = (params.count + params.parts - 1u) / params.parts;
  let first = part * length + local;
  let end = select(0u, min((part + 1u) * length, params.count), c < params.channels);
  let centre = mean[min(c, params.channels - 1u)];
  // The walk over (sample, position) goes THREADS values a step without dividing.
  let step_samples = THREADS / params.plane;
  let step_positions = THREADS % params.plane;
  let jump = params.channels * params.plane;
  var position = first % params.plane;
  var at = c * params.plane + (first / params.plane) * jump + position;
  var products = Total();
  var slopes = Total();
  for (var chain = first; chain < end; chain += CHAIN * THREADS) {
    var chain_products = Value();
    var chain_slopes = Value();
    for (var i = chain; i < min(chain + CHAIN * THREADS, end); i += THREADS) {
      let slope = g[at];
      chain_products += slope * (x[at] - centre);
      chain_slopes += slope;
      position += step_positions;
      at += step_samples * jump + step_positions;
      if (position >= params.plane) {
        position -= params.plane;
        at += jump - params.plane;
      }
    }
    products = extended(products, chain_products);
    slopes = extended(slopes, chain_slopes);
  }
  threads[local] = vec2<f32>(add_up(ended(products)), add_up(ended(slopes)));
  for (var half = THREADS / 2u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (local < half) { threads[local] += threads[local + half]; }
  }
  if (local > 0u || c >= params.channels) { return; }
  keep(c, part, threads[0]);
}
