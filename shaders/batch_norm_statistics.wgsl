// Mean and variance of x [N, C, plane] over N and plane, in training; see snippets/statistics.wgsl.
// Called by src/ops/batch-norm-sums.ts, which writes the regions out: workgroup (c, part) takes a part of channel c, which
// is all of it, or one of several that batch_norm_statistics_merge.wgsl puts together.
// Thread t visits every THREADS-th value: chains of them by Welford's method, which are merged; then a tree merges the threads'
// results. A value is one number, or four where the plane consists of such: each of the four has a mean of its own. plane and
// count are in values.

//#import index
//#import running_sum
//#import moments

struct Params { channels: u32, plane: u32, count: u32, parts: u32, momentum: f32 }

@group(0) @binding(0) var<uniform> params: Params;

//#unless value
alias Value = f32;
alias Total = RunningSum;
fn extended(total: Total, part: Value) -> Total { return with_part(total, part); }
fn ended(total: Total) -> Value { return whole(total); }
fn together(count: f32, mean: Value, squares: Value) -> Moments { return Moments(count, mean, squares); }
//#end
//#unless result
//#import statistics
@group(0) @binding(5) var<storage, read> x: array<Value>;
fn keep(c: u32, part: u32, all: Moments) { settle(c, all, params.momentum); }
//#end

override THREADS: u32 = 64;

var<workgroup> threads: array<Moments, THREADS>;

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
  // The walk over (sample, position) goes THREADS values a step without dividing.
  let step_samples = THREADS / params.plane;
  let step_positions = THREADS % params.plane;
  let jump = params.channels * params.plane;
  var position = first % params.plane;
  var at = c * params.plane + (first / params.plane) * jump + position;
  var seen = 0.0;
  var own_mean = Value();
  var own_squares = Total();
  for (var chain = first; chain < end; chain += CHAIN * THREADS) {
    var count = 0.0;
    var chain_mean = Value();
    var chain_squares = Value();
    for (var i = chain; i < min(chain + CHAIN * THREADS, end); i += THREADS) {
      let value = x[at];
      count += 1.0;
      let delta = value - chain_mean;
      chain_mean += delta * (1.0 / count);
      chain_squares += delta * (value - chain_mean);
      position += step_positions;
      at += step_samples * jump + step_positions;
      if (position >= params.plane) {
        position -= params.plane;
        at += jump - params.plane;
      }
    }
    let delta = chain_mean - own_mean;
    let share = count / (seen + count);
    own_mean += delta * share;
    own_squares = extended(own_squares, chain_squares + delta * delta * (seen * share));
    seen += count;
  }
  threads[local] = together(seen, own_mean, ended(own_squares));
  for (var half = THREADS / 2u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (local < half) { threads[local] = merge(threads[local], threads[local + half]); }
  }
  if (local > 0u || c >= params.channels) { return; }
  keep(c, part, threads[0]);
}
